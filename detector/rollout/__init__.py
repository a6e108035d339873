"""The change planned and measured: pilots with hold-outs, and what became of borrowers."""
