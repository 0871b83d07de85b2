#!/bin/sh
# From nothing to serving: an archive, a key that opens it, and the program.
#
#   deploy/empty-machine.sh ARCHIVE KEY [DATA [SERVE FLAGS...]]
#
# ARCHIVE is a file made by "plectica backup create", KEY the file with the recovery key
# (or the drill's), DATA an empty directory that is to hold everything (./data). The
# program is plectica in the PATH, or what PLECTICA names. Interrupted, it goes on when it
# is called again. It writes to places of backups outside DATA only once it was adopted:
# plectica backup adopt, since it may be a copy for trial.
set -eu

if [ $# -lt 2 ]; then
	echo "usage: $0 ARCHIVE KEY [DATA [SERVE FLAGS...]]" >&2
	exit 2
fi
archive=$1 key=$2 data=${3:-data}
if [ $# -gt 3 ]; then shift 3; else shift $#; fi
plectica=${PLECTICA:-plectica}

if [ ! -f "$data/plectica.db" ] || [ -f "$data/restoring.json" ]; then
	"$plectica" backup restore --data "$data" --archive "$archive" --key "$key"
fi
exec "$plectica" serve --data "$data" "$@"
