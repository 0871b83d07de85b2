CREATE TABLE deed (
  alert     bigint NOT NULL,
  at        bigint NOT NULL,
  answer    text   COLLATE "C" NOT NULL,
  automatic bigint NOT NULL,
  made_by   bytea  NOT NULL,
  PRIMARY KEY (alert, at, answer)
);

CREATE TABLE telling (
  org  bytea NOT NULL PRIMARY KEY,
  data text  COLLATE "C" NOT NULL
);
