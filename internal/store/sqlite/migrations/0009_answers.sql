-- What was done about what was noticed.
CREATE TABLE deed (
  alert     INTEGER NOT NULL,
  at        INTEGER NOT NULL,
  answer    TEXT    NOT NULL,
  automatic INTEGER NOT NULL, -- 1: by the server
  made_by   BLOB    NOT NULL, -- zeros: by the server, or by whom is forgotten
  PRIMARY KEY (alert, at, answer)
) WITHOUT ROWID;

-- What is to be told of an organisation.
CREATE TABLE telling (
  org  BLOB NOT NULL PRIMARY KEY, -- zeros: of what belongs to none
  data TEXT NOT NULL
) WITHOUT ROWID;
