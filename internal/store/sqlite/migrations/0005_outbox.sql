-- Mail that waits to be taken by the mail server.
CREATE TABLE outbox (
  id      BLOB    NOT NULL PRIMARY KEY,
  data    BLOB    NOT NULL,
  created INTEGER NOT NULL,
  due     INTEGER NOT NULL,
  tries   INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX outbox_due ON outbox (due);
