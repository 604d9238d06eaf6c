-- In one transaction for both tables: whoever reads the target finds the old rows or the new ones.
ALTER TABLE {{ table }} RENAME TO {{ name }}
