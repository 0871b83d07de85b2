CREATE TABLE audit (
  first bigint NOT NULL PRIMARY KEY,
  size  bigint NOT NULL,
  lines bytea  NOT NULL
);

CREATE TABLE audit_head (
  one   bigint NOT NULL PRIMARY KEY CHECK (one = 1),
  size  bigint NOT NULL,
  root  bytea  NOT NULL,
  parts bytea  NOT NULL
);

CREATE TABLE audit_block (
  n     bigint NOT NULL PRIMARY KEY,
  at    bigint NOT NULL,
  hash  bytea  NOT NULL,
  bad   bigint NOT NULL,
  lines bytea  NOT NULL
);
CREATE INDEX audit_block_at ON audit_block (at);

CREATE TABLE audit_seen (
  key bigint NOT NULL,
  n   bigint NOT NULL,
  PRIMARY KEY (key, n)
);

CREATE TABLE audit_checkpoint (
  size bigint NOT NULL PRIMARY KEY,
  at   bigint NOT NULL,
  note text   COLLATE "C" NOT NULL
);

CREATE TABLE audit_key (
  subject text   COLLATE "C" NOT NULL PRIMARY KEY,
  alias   text   COLLATE "C" NOT NULL UNIQUE,
  key     bytea  NOT NULL,
  made    bigint NOT NULL
);

CREATE TABLE memory (
  name text  COLLATE "C" NOT NULL PRIMARY KEY,
  data bytea NOT NULL
);

CREATE TABLE alert (
  id        bigint NOT NULL PRIMARY KEY,
  at        bigint NOT NULL,
  kind      text   COLLATE "C" NOT NULL,
  org       bytea  NOT NULL,
  closed    bigint NOT NULL,
  closed_by bytea  NOT NULL,
  data      text   COLLATE "C" NOT NULL
);
CREATE INDEX alert_at ON alert (at);

CREATE TABLE mute (
  kind    text   COLLATE "C" NOT NULL,
  subject text   COLLATE "C" NOT NULL,
  org     bytea  NOT NULL,
  until   bigint NOT NULL,
  made_by bytea  NOT NULL,
  PRIMARY KEY (kind, subject, org)
);
