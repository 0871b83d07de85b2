module plectica

go 1.26.0

require (
	github.com/BurntSushi/toml v1.6.0 // the config file, strict about unknown keys
	github.com/anishathalye/porcupine v1.3.1 // torture: is what clients saw one order of appends?
	github.com/axiomhq/hyperloglog v0.3.0 // how many different there were, when they are too many to keep
	github.com/caddyserver/certmagic v0.25.6 // ACME certificates when a domain is set
	github.com/ccojocar/zxcvbn-go v1.0.4 // which passwords others would try first
	github.com/coreos/go-oidc/v3 v3.21.0 // sign-in by other providers: their documents and ID tokens
	github.com/danielgtaylor/huma/v2 v2.37.2 // the JSON API: strict decoding, RFC 9457 problems
	github.com/emersion/go-sasl v0.0.0-20241020182733-b788ff22d5a6 // tests: how a mail server lets people sign in
	github.com/emersion/go-smtp v0.25.1 // tests: a mail server in the process
	github.com/go-jose/go-jose/v4 v4.1.4 // the keys of providers, of which we choose who may sign
	github.com/go-webauthn/webauthn v0.18.2 // passkeys: what browsers and devices answer, checked
	github.com/google/go-cmp v0.7.0 // tests: readable differences
	github.com/gorilla/websocket v1.5.3 // the socket, with messages prepared once for all
	github.com/jackc/pgx/v5 v5.12.0 // the other engine, for standbys that take over
	github.com/johannesboyne/gofakes3 v1.2.0 // tests: a storage service in the process
	github.com/maxmind/mmdbwriter v1.2.0 // tests: a database of places
	github.com/minio/minio-go/v7 v7.4.1 // objects at services that speak S3
	github.com/oauth2-proxy/mockoidc v0.0.0-20240214162133-caebfff84d25 // tests: a provider that others wrote
	github.com/oschwald/maxminddb-golang/v2 v2.5.0 // where addresses are, by a file that the operator brings
	github.com/pires/go-proxyproto v0.15.0 // connections that proxies hand on, with their clients' addresses
	github.com/pquerna/otp v1.5.0 // codes that change with time
	github.com/prometheus/client_golang v1.25.0 // metrics for operators
	github.com/rogpeppe/go-internal v1.16.0 // tests: the CLI as scripts
	github.com/smallstep/truststore v0.13.0 // `plectica trust`: the local CA into trust stores
	github.com/wneessen/go-mail v0.8.1 // mail: its form on the wire, and SMTP with every way to sign in
	go.uber.org/zap v1.28.0 // certmagic wants its logger; ours is the no-op one
	golang.org/x/crypto v0.58.0 // bcrypt
	golang.org/x/image v0.47.0 // thumbnails: scaling, and reading WebP
	golang.org/x/mod v0.41.0 // tests: logs and checkpoints that others wrote
	golang.org/x/net v0.60.0 // mail: domains that are not ASCII
	golang.org/x/oauth2 v0.37.0 // codes of providers for tokens, with PKCE
	golang.org/x/sys v0.49.0 // the data directory's lock on every platform
	golang.org/x/text v0.43.0 // NFC of passwords and names
	modernc.org/sqlite v1.60.0 // the default engine, without cgo
	pgregory.net/rapid v1.3.0 // tests: properties of the model, the layout and gestures
)

require (
	filippo.io/age v1.3.2 // archives sealed for keys that the operator has
	github.com/klauspost/compress v1.20.3 // zstd: snapshots and archives
)

require (
	filippo.io/hpke v0.4.0 // indirect
	github.com/beorn7/perks v1.0.1 // indirect
	github.com/boombuler/barcode v1.0.1-0.20190219062509-6c824513bacc // indirect
	github.com/caddyserver/zerossl v0.1.6 // indirect
	github.com/cespare/xxhash/v2 v2.3.0 // indirect
	github.com/dgryski/go-metro v0.0.0-20250106013310-edb8663e5e33 // indirect
	github.com/dustin/go-humanize v1.0.1 // indirect
	github.com/fxamacker/cbor/v2 v2.9.4 // indirect
	github.com/go-jose/go-jose/v3 v3.0.4 // indirect
	github.com/go-viper/mapstructure/v2 v2.5.0 // indirect
	github.com/go-webauthn/x v0.3.1 // indirect
	github.com/golang-jwt/jwt/v5 v5.3.1 // indirect
	github.com/google/go-tpm v0.9.8 // indirect
	github.com/google/uuid v1.6.0 // indirect
	github.com/jackc/pgpassfile v1.0.0 // indirect
	github.com/jackc/pgservicefile v0.0.0-20240606120523-5a60cdf6a761 // indirect
	github.com/jackc/puddle/v2 v2.2.3 // indirect
	github.com/kamstrup/intmap v0.5.2 // indirect
	github.com/klauspost/cpuid/v2 v2.4.0 // indirect
	github.com/klauspost/crc32 v1.3.0 // indirect
	github.com/libdns/libdns v1.1.1 // indirect
	github.com/mattn/go-isatty v0.0.24 // indirect
	github.com/mholt/acmez/v3 v3.1.7 // indirect
	github.com/miekg/dns v1.1.73 // indirect
	github.com/minio/crc64nvme v1.1.1 // indirect
	github.com/minio/md5-simd v1.1.2 // indirect
	github.com/munnerz/goautoneg v0.0.0-20191010083416-a7dc8b61c822 // indirect
	github.com/ncruces/go-strftime v1.0.0 // indirect
	github.com/philhofer/fwd v1.2.0 // indirect
	github.com/prometheus/client_model v0.6.3 // indirect
	github.com/prometheus/common v0.72.0 // indirect
	github.com/prometheus/procfs v0.22.0 // indirect
	github.com/remyoudompheng/bigfft v0.0.0-20230129092748-24d4a6f8daec // indirect
	github.com/rs/xid v1.6.0 // indirect
	github.com/ryszard/goskiplist v0.0.0-20150312221310-2dfbae5fcf46 // indirect
	github.com/tinylib/msgp v1.6.4 // indirect
	github.com/x448/float16 v0.8.4 // indirect
	github.com/zeebo/blake3 v0.2.4 // indirect
	github.com/zeebo/xxh3 v1.1.0 // indirect
	go.shabbyrobe.org/gocovmerge v0.0.0-20230507111327-fa4f82cfbf4d // indirect
	go.uber.org/multierr v1.11.0 // indirect
	go.uber.org/zap/exp v0.3.0 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
	go4.org/netipx v0.0.0-20231129151722-fdeea329fbba // indirect
	golang.org/x/sync v0.24.0 // indirect
	golang.org/x/tools v0.51.0 // indirect
	google.golang.org/protobuf v1.36.12 // indirect
	gopkg.in/ini.v1 v1.67.3 // indirect
	howett.net/plist v1.0.0 // indirect
	modernc.org/libc v1.77.1 // indirect
	modernc.org/mathutil v1.7.1 // indirect
	modernc.org/memory v1.12.1 // indirect
)
