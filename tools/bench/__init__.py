"""Kiln measured beside other inference engines; see README.md."""
