-- Which map holds which content. The contents lie beside the database, by their hash.
CREATE TABLE file (
  map_id  BLOB    NOT NULL REFERENCES map (id),
  hash    BLOB    NOT NULL,
  kind    TEXT    NOT NULL,
  w       INTEGER NOT NULL,
  h       INTEGER NOT NULL,
  size    INTEGER NOT NULL,
  made_by BLOB    NOT NULL,
  added   INTEGER NOT NULL,
  PRIMARY KEY (map_id, hash)
) WITHOUT ROWID;
CREATE INDEX file_hash ON file (hash);

-- The content that shows another, smaller; made anew when it is lost.
CREATE TABLE thumb (
  of_hash BLOB    NOT NULL,
  size    INTEGER NOT NULL,
  hash    BLOB    NOT NULL,
  PRIMARY KEY (of_hash, size)
) WITHOUT ROWID;
CREATE INDEX thumb_hash ON thumb (hash);
