"""The documentation site: what is written from the code while it is built."""
