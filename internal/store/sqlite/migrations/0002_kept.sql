-- Small things a person keeps for themselves, such as what they have read.
CREATE TABLE kept (
  account BLOB    NOT NULL REFERENCES account (id),
  name    TEXT    NOT NULL,
  value   BLOB    NOT NULL,
  updated INTEGER NOT NULL,
  PRIMARY KEY (account, name)
) WITHOUT ROWID;
