"""What a partner's call centre is told beforehand; door `pack.build_packs`."""
