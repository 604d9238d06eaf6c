"""Breaks everything on purpose, counts what is lost, and writes one page of it."""
