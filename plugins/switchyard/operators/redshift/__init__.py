"""Statements of Amazon Redshift by way of its Data API."""
