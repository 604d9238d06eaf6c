"""The steps of a sensitive-data discovery. None of them reads an object of the extract, or a value of the source."""
