-- Cards that lead to maps, derived from the logs. to_card is 16 zeros for the map as
-- a whole. A map that is linked to need not exist.
CREATE TABLE map_link (
  from_map  BLOB    NOT NULL,
  from_card BLOB    NOT NULL,
  title     TEXT    NOT NULL,
  to_map    BLOB    NOT NULL,
  to_card   BLOB    NOT NULL,
  PRIMARY KEY (from_map, from_card)
) WITHOUT ROWID;
CREATE INDEX map_link_to ON map_link (to_map);
