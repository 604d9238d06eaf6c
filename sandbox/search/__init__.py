"""The search engine behind OpenSearch domains: Lucene in a process of its own, and what proves rules against it."""
