-- A role for those who may comment: 1 view, 2 comment, 3 edit, 4 own.

ALTER TABLE account ADD COLUMN verified INTEGER NOT NULL DEFAULT 0; -- when the address was proven; 0: not yet
ALTER TABLE account ADD COLUMN locked   INTEGER NOT NULL DEFAULT 0; -- when the operator locked it; 0: not

-- id names a sign-in without being its secret; proven are the factors it was opened
-- with, proved when the last of them was shown.
CREATE TABLE session_new (
  hash    BLOB    NOT NULL PRIMARY KEY,
  id      BLOB    NOT NULL UNIQUE,
  account BLOB    NOT NULL REFERENCES account (id),
  created INTEGER NOT NULL,
  seen    INTEGER NOT NULL,
  proven  INTEGER NOT NULL,
  proved  INTEGER NOT NULL,
  agent   TEXT    NOT NULL,
  place   TEXT    NOT NULL
) WITHOUT ROWID;
INSERT INTO session_new SELECT hash, randomblob(16), account, created, seen, 1, created, '', '' FROM session;
DROP TABLE session;
ALTER TABLE session_new RENAME TO session;
CREATE INDEX session_account ON session (account);
CREATE INDEX session_seen ON session (seen);
CREATE INDEX session_created ON session (created);

-- What may have changed for whom; seq is MAX + 1, given under the writer's lock.
DROP TABLE ended;
CREATE TABLE notice (
  seq  INTEGER NOT NULL PRIMARY KEY,
  sort INTEGER NOT NULL,
  id   BLOB    NOT NULL,
  at   INTEGER NOT NULL
);

-- Secrets that are shown once: in a mail, in an address, in a request that follows.
-- account is 16 zeros where nobody is known yet.
DROP TABLE reset;
CREATE TABLE ticket (
  hash    BLOB    NOT NULL PRIMARY KEY,
  kind    INTEGER NOT NULL,
  account BLOB    NOT NULL,
  data    BLOB    NOT NULL,
  expires INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX ticket_account ON ticket (account, kind);
CREATE INDEX ticket_expires ON ticket (expires);

CREATE TABLE passkey (
  id      BLOB    NOT NULL PRIMARY KEY,
  account BLOB    NOT NULL REFERENCES account (id),
  data    BLOB    NOT NULL,
  name    TEXT    NOT NULL,
  created INTEGER NOT NULL,
  used    INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX passkey_account ON passkey (account);

-- secret is sealed with a key outside the database; step is the last one that was
-- used, so that no code works twice.
CREATE TABLE totp (
  account   BLOB    NOT NULL PRIMARY KEY REFERENCES account (id),
  secret    BLOB    NOT NULL,
  confirmed INTEGER NOT NULL,
  step      INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE recovery (
  account BLOB NOT NULL REFERENCES account (id),
  hash    BLOB NOT NULL,
  PRIMARY KEY (account, hash)
) WITHOUT ROWID;

-- Who an account is at a provider of sign-ins.
CREATE TABLE identity (
  issuer  TEXT    NOT NULL,
  subject TEXT    NOT NULL,
  account BLOB    NOT NULL REFERENCES account (id),
  email   TEXT    NOT NULL,
  created INTEGER NOT NULL,
  used    INTEGER NOT NULL,
  PRIMARY KEY (issuer, subject)
) WITHOUT ROWID;
CREATE INDEX identity_account ON identity (account);

CREATE TABLE token (
  id      BLOB    NOT NULL PRIMARY KEY,
  hash    BLOB    NOT NULL UNIQUE,
  account BLOB    NOT NULL REFERENCES account (id),
  name    TEXT    NOT NULL,
  hint    TEXT    NOT NULL,
  scopes  TEXT    NOT NULL,
  created INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  used    INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX token_account ON token (account);

CREATE TABLE org (
  id       BLOB    NOT NULL PRIMARY KEY,
  name     TEXT    NOT NULL,
  created  INTEGER NOT NULL,
  second   INTEGER NOT NULL, -- 1: only who showed a second factor
  passes   INTEGER NOT NULL, -- the highest role that links may give; 0: no links
  guests   INTEGER NOT NULL, -- 1: people outside may be given access to single things
  networks TEXT    NOT NULL, -- prefixes, one a line; none: from everywhere
  embeds   TEXT    NOT NULL  -- origins whose pages may show maps, one a line
) WITHOUT ROWID;

CREATE TABLE team (
  id      BLOB    NOT NULL PRIMARY KEY,
  org     BLOB    NOT NULL REFERENCES org (id),
  name    TEXT    NOT NULL,
  created INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX team_org ON team (org);

-- Who is in a team or in an organisation.
CREATE TABLE belong (
  party   BLOB    NOT NULL,
  account BLOB    NOT NULL REFERENCES account (id),
  added   INTEGER NOT NULL,
  PRIMARY KEY (party, account)
) WITHOUT ROWID;
CREATE INDEX belong_account ON belong (account);

-- home is the folder or organisation it lies in.
CREATE TABLE folder (
  id      BLOB    NOT NULL PRIMARY KEY,
  org     BLOB    NOT NULL REFERENCES org (id),
  home    BLOB    NOT NULL,
  name    TEXT    NOT NULL,
  created INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX folder_home ON folder (home);
CREATE INDEX folder_org ON folder (org);

-- 16 zeros: in no organisation.
ALTER TABLE map ADD COLUMN home BLOB NOT NULL DEFAULT x'00000000000000000000000000000000';
ALTER TABLE map ADD COLUMN org  BLOB NOT NULL DEFAULT x'00000000000000000000000000000000';

-- What lies in what, however deep; each thing also in itself.
CREATE TABLE within (
  thing     BLOB NOT NULL,
  container BLOB NOT NULL,
  PRIMARY KEY (thing, container)
) WITHOUT ROWID;
CREATE INDEX within_container ON within (container);
INSERT INTO within SELECT id, id FROM map;

-- Which role whom has where: an account, a team, or all of an organisation; on a map,
-- a folder or an organisation.
CREATE TABLE access (
  object  BLOB    NOT NULL,
  subject BLOB    NOT NULL,
  role    INTEGER NOT NULL,
  added   INTEGER NOT NULL,
  PRIMARY KEY (object, subject)
) WITHOUT ROWID;
CREATE INDEX access_subject ON access (subject);
INSERT INTO access SELECT map_id, account, CASE role WHEN 1 THEN 1 ELSE role + 1 END, added FROM member;
DROP TABLE member;

-- An invitation may be for one address, and lead into an organisation or to one thing.
ALTER TABLE invitation ADD COLUMN email  TEXT    NOT NULL DEFAULT '';
ALTER TABLE invitation ADD COLUMN party  BLOB    NOT NULL DEFAULT x'00000000000000000000000000000000';
ALTER TABLE invitation ADD COLUMN object      BLOB    NOT NULL DEFAULT x'00000000000000000000000000000000';
ALTER TABLE invitation ADD COLUMN object_sort INTEGER NOT NULL DEFAULT 0;
ALTER TABLE invitation ADD COLUMN role   INTEGER NOT NULL DEFAULT 0;
ALTER TABLE invitation ADD COLUMN mailed INTEGER NOT NULL DEFAULT 0; -- 1: the secret went to the address alone
CREATE INDEX invitation_party ON invitation (party);
CREATE INDEX invitation_object ON invitation (object);
CREATE INDEX invitation_email ON invitation (email);

-- A pass is a link that lets whoever holds it into a map; a visit is somebody who came
-- by one. password is empty where none is asked.
CREATE TABLE pass (
  id       BLOB    NOT NULL PRIMARY KEY,
  hash     BLOB    NOT NULL UNIQUE,
  map_id   BLOB    NOT NULL REFERENCES map (id),
  role     INTEGER NOT NULL,
  name     TEXT    NOT NULL,
  password TEXT    NOT NULL,
  pepper   INTEGER NOT NULL,
  made_by  BLOB    NOT NULL,
  created  INTEGER NOT NULL,
  expires  INTEGER NOT NULL, -- 0: never
  used     INTEGER NOT NULL  -- when somebody last came by it; 0: never
) WITHOUT ROWID;
CREATE INDEX pass_map ON pass (map_id);
CREATE INDEX pass_expires ON pass (expires) WHERE expires > 0;

CREATE TABLE visit (
  hash    BLOB    NOT NULL PRIMARY KEY,
  id      BLOB    NOT NULL UNIQUE,
  pass    BLOB    NOT NULL REFERENCES pass (id),
  name    TEXT    NOT NULL,
  created INTEGER NOT NULL,
  seen    INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX visit_pass ON visit (pass);
CREATE INDEX visit_seen ON visit (seen);
