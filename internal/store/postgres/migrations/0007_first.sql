-- All that the other engine has by its version 7; what each table is for is said there.
-- Text is compared by its bytes, as it is there.
CREATE TABLE room (
  map_id    bytea  NOT NULL PRIMARY KEY,
  epoch     bigint NOT NULL,
  head      bigint NOT NULL,
  hash      bytea  NOT NULL,
  node      text   COLLATE "C" NOT NULL,
  node_addr text   COLLATE "C" NOT NULL,
  updated   bigint NOT NULL
) WITH (fillfactor = 50); -- each append writes its map's row anew, beside the old one

CREATE TABLE op (
  map_id bytea  NOT NULL,
  seq    bigint NOT NULL,
  op_id  bytea  NOT NULL,
  actor  bytea  NOT NULL,
  ts     bigint NOT NULL,
  data   bytea  NOT NULL,
  PRIMARY KEY (map_id, seq),
  UNIQUE (map_id, op_id)
);

CREATE TABLE account (
  id       bytea  NOT NULL PRIMARY KEY,
  email    text   COLLATE "C" NOT NULL UNIQUE,
  name     text   COLLATE "C" NOT NULL,
  operator bigint NOT NULL,
  created  bigint NOT NULL,
  password text   COLLATE "C" NOT NULL,
  pepper   bigint NOT NULL,
  verified bigint NOT NULL DEFAULT 0,
  locked   bigint NOT NULL DEFAULT 0
);

CREATE TABLE session (
  hash    bytea  NOT NULL PRIMARY KEY,
  id      bytea  NOT NULL UNIQUE,
  account bytea  NOT NULL REFERENCES account (id),
  created bigint NOT NULL,
  seen    bigint NOT NULL,
  proven  bigint NOT NULL,
  proved  bigint NOT NULL,
  agent   text   COLLATE "C" NOT NULL,
  place   text   COLLATE "C" NOT NULL
);
CREATE INDEX session_account ON session (account);
CREATE INDEX session_seen ON session (seen);
CREATE INDEX session_created ON session (created);

CREATE TABLE invitation (
  id      bytea  NOT NULL PRIMARY KEY,
  hash    bytea  NOT NULL UNIQUE,
  made_by bytea  NOT NULL REFERENCES account (id),
  created bigint NOT NULL,
  expires bigint NOT NULL,
  uses    bigint NOT NULL,
  used    bigint NOT NULL,
  email       text   COLLATE "C" NOT NULL DEFAULT '',
  party       bytea  NOT NULL DEFAULT '\x00000000000000000000000000000000',
  object      bytea  NOT NULL DEFAULT '\x00000000000000000000000000000000',
  object_sort bigint NOT NULL DEFAULT 0,
  role        bigint NOT NULL DEFAULT 0,
  mailed      bigint NOT NULL DEFAULT 0
);
CREATE INDEX invitation_made_by ON invitation (made_by);
CREATE INDEX invitation_party ON invitation (party);
CREATE INDEX invitation_object ON invitation (object);
CREATE INDEX invitation_email ON invitation (email);

CREATE TABLE setting (
  name  text COLLATE "C" NOT NULL PRIMARY KEY,
  value text COLLATE "C" NOT NULL
);

CREATE TABLE map (
  id      bytea  NOT NULL PRIMARY KEY,
  title   text   COLLATE "C" NOT NULL,
  created bigint NOT NULL,
  updated bigint NOT NULL,
  deleted bigint NOT NULL,
  home    bytea  NOT NULL DEFAULT '\x00000000000000000000000000000000',
  org     bytea  NOT NULL DEFAULT '\x00000000000000000000000000000000'
);
CREATE INDEX map_deleted ON map (deleted) WHERE deleted > 0;

CREATE TABLE kept (
  account bytea  NOT NULL REFERENCES account (id),
  name    text   COLLATE "C" NOT NULL,
  value   bytea  NOT NULL,
  updated bigint NOT NULL,
  PRIMARY KEY (account, name)
);

CREATE TABLE map_link (
  from_map  bytea NOT NULL,
  from_card bytea NOT NULL,
  title     text  COLLATE "C" NOT NULL,
  to_map    bytea NOT NULL,
  to_card   bytea NOT NULL,
  PRIMARY KEY (from_map, from_card)
);
CREATE INDEX map_link_to ON map_link (to_map);

CREATE TABLE file (
  map_id  bytea  NOT NULL REFERENCES map (id),
  hash    bytea  NOT NULL,
  kind    text   COLLATE "C" NOT NULL,
  w       bigint NOT NULL,
  h       bigint NOT NULL,
  size    bigint NOT NULL,
  made_by bytea  NOT NULL,
  added   bigint NOT NULL,
  PRIMARY KEY (map_id, hash)
);
CREATE INDEX file_hash ON file (hash);

CREATE TABLE thumb (
  of_hash bytea  NOT NULL,
  size    bigint NOT NULL,
  hash    bytea  NOT NULL,
  PRIMARY KEY (of_hash, size)
);
CREATE INDEX thumb_hash ON thumb (hash);

CREATE TABLE outbox (
  id      bytea  NOT NULL PRIMARY KEY,
  data    bytea  NOT NULL,
  created bigint NOT NULL,
  due     bigint NOT NULL,
  tries   bigint NOT NULL
);
CREATE INDEX outbox_due ON outbox (due);

CREATE TABLE notice (
  seq  bigint NOT NULL PRIMARY KEY,
  sort bigint NOT NULL,
  id   bytea  NOT NULL,
  at   bigint NOT NULL
);

CREATE TABLE ticket (
  hash    bytea  NOT NULL PRIMARY KEY,
  kind    bigint NOT NULL,
  account bytea  NOT NULL,
  data    bytea  NOT NULL,
  expires bigint NOT NULL
);
CREATE INDEX ticket_account ON ticket (account, kind);
CREATE INDEX ticket_expires ON ticket (expires);

CREATE TABLE passkey (
  id      bytea  NOT NULL PRIMARY KEY,
  account bytea  NOT NULL REFERENCES account (id),
  data    bytea  NOT NULL,
  name    text   COLLATE "C" NOT NULL,
  created bigint NOT NULL,
  used    bigint NOT NULL
);
CREATE INDEX passkey_account ON passkey (account);

CREATE TABLE totp (
  account   bytea  NOT NULL PRIMARY KEY REFERENCES account (id),
  secret    bytea  NOT NULL,
  confirmed bigint NOT NULL,
  step      bigint NOT NULL
);

CREATE TABLE recovery (
  account bytea NOT NULL REFERENCES account (id),
  hash    bytea NOT NULL,
  PRIMARY KEY (account, hash)
);

CREATE TABLE identity (
  issuer  text   COLLATE "C" NOT NULL,
  subject text   COLLATE "C" NOT NULL,
  account bytea  NOT NULL REFERENCES account (id),
  email   text   COLLATE "C" NOT NULL,
  created bigint NOT NULL,
  used    bigint NOT NULL,
  PRIMARY KEY (issuer, subject)
);
CREATE INDEX identity_account ON identity (account);

CREATE TABLE token (
  id      bytea  NOT NULL PRIMARY KEY,
  hash    bytea  NOT NULL UNIQUE,
  account bytea  NOT NULL REFERENCES account (id),
  name    text   COLLATE "C" NOT NULL,
  hint    text   COLLATE "C" NOT NULL,
  scopes  text   COLLATE "C" NOT NULL,
  created bigint NOT NULL,
  expires bigint NOT NULL,
  used    bigint NOT NULL
);
CREATE INDEX token_account ON token (account);

CREATE TABLE org (
  id       bytea  NOT NULL PRIMARY KEY,
  name     text   COLLATE "C" NOT NULL,
  created  bigint NOT NULL,
  second   bigint NOT NULL,
  passes   bigint NOT NULL,
  guests   bigint NOT NULL,
  networks text   COLLATE "C" NOT NULL,
  embeds   text   COLLATE "C" NOT NULL
);

CREATE TABLE team (
  id      bytea  NOT NULL PRIMARY KEY,
  org     bytea  NOT NULL REFERENCES org (id),
  name    text   COLLATE "C" NOT NULL,
  created bigint NOT NULL
);
CREATE INDEX team_org ON team (org);

CREATE TABLE belong (
  party   bytea  NOT NULL,
  account bytea  NOT NULL REFERENCES account (id),
  added   bigint NOT NULL,
  PRIMARY KEY (party, account)
);
CREATE INDEX belong_account ON belong (account);

CREATE TABLE folder (
  id      bytea  NOT NULL PRIMARY KEY,
  org     bytea  NOT NULL REFERENCES org (id),
  home    bytea  NOT NULL,
  name    text   COLLATE "C" NOT NULL,
  created bigint NOT NULL
);
CREATE INDEX folder_home ON folder (home);
CREATE INDEX folder_org ON folder (org);

CREATE TABLE within (
  thing     bytea NOT NULL,
  container bytea NOT NULL,
  PRIMARY KEY (thing, container)
);
CREATE INDEX within_container ON within (container);

CREATE TABLE access (
  object  bytea  NOT NULL,
  subject bytea  NOT NULL,
  role    bigint NOT NULL,
  added   bigint NOT NULL,
  PRIMARY KEY (object, subject)
);
CREATE INDEX access_subject ON access (subject);

CREATE TABLE pass (
  id       bytea  NOT NULL PRIMARY KEY,
  hash     bytea  NOT NULL UNIQUE,
  map_id   bytea  NOT NULL REFERENCES map (id),
  role     bigint NOT NULL,
  name     text   COLLATE "C" NOT NULL,
  password text   COLLATE "C" NOT NULL,
  pepper   bigint NOT NULL,
  made_by  bytea  NOT NULL,
  created  bigint NOT NULL,
  expires  bigint NOT NULL,
  used     bigint NOT NULL
);
CREATE INDEX pass_map ON pass (map_id);
CREATE INDEX pass_expires ON pass (expires) WHERE expires > 0;

CREATE TABLE visit (
  hash    bytea  NOT NULL PRIMARY KEY,
  id      bytea  NOT NULL UNIQUE,
  pass    bytea  NOT NULL REFERENCES pass (id),
  name    text   COLLATE "C" NOT NULL,
  created bigint NOT NULL,
  seen    bigint NOT NULL
);
CREATE INDEX visit_pass ON visit (pass);
CREATE INDEX visit_seen ON visit (seen);

CREATE TABLE base (
  map_id bytea  NOT NULL PRIMARY KEY,
  seq    bigint NOT NULL,
  at     bigint NOT NULL,
  data   bytea  NOT NULL
);

CREATE TABLE snapshot (
  map_id  bytea  NOT NULL,
  seq     bigint NOT NULL,
  hash    bytea  NOT NULL,
  picture bytea  NOT NULL,
  size    bigint NOT NULL,
  at      bigint NOT NULL,
  made    bigint NOT NULL,
  damaged bigint NOT NULL,
  PRIMARY KEY (map_id, seq)
);

CREATE TABLE version (
  map_id  bytea  NOT NULL REFERENCES map (id),
  seq     bigint NOT NULL,
  name    text   COLLATE "C" NOT NULL,
  made_by bytea  NOT NULL,
  made    bigint NOT NULL,
  PRIMARY KEY (map_id, seq)
);

CREATE TABLE shipped (
  place  text   COLLATE "C" NOT NULL,
  map_id bytea  NOT NULL,
  seq    bigint NOT NULL,
  PRIMARY KEY (place, map_id)
);

CREATE TABLE record (
  kind text   COLLATE "C" NOT NULL,
  at   bigint NOT NULL,
  id   bytea  NOT NULL,
  ok   bigint NOT NULL,
  data text   COLLATE "C" NOT NULL,
  PRIMARY KEY (kind, at, id)
);
