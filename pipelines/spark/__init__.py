"""The same stages on Apache Spark: who does what, and how it comes back together."""
