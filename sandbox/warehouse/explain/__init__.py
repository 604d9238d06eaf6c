"""Plans of queries in Redshift's writing, by fixed rules: what is pushed to other databases can be read off them."""
