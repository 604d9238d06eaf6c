-- From here on readers see the folder of this run.
ALTER TABLE {{ table }} SET LOCATION {{ location }}
