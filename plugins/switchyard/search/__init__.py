"""The HTTP interface of search domains, which no client of AWS speaks: signed requests, indexes, probes."""
