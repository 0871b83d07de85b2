package httpd

import (
	"net/http"
	"slices"
	"strings"
)

const (
	hsts = "max-age=63072000; includeSubDomains"
	// reportPath is where browsers say what the policy kept a page from.
	reportPath = "/csp-report"
	reportName = "csp"

	cspBefore = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; media-src 'self'; " +
		"font-src 'self'; connect-src 'self' wss://"
	cspAfter = "; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; " + noAncestors + "; " +
		"require-trusted-types-for 'script'; trusted-types svelte-trusted-html plectica 'allow-duplicates'; " +
		"report-uri " + reportPath + "; report-to " + reportName
)

// used are the features of browsers that the pages use, themselves alone.
func used() []string {
	return []string{"clipboard-read", "clipboard-write", "fullscreen", "publickey-credentials-create", "publickey-credentials-get"}
}

// unused are all others that browsers know by now; a page has none of them, whatever
// runs in it.
func unused() []string {
	return []string{
		"accelerometer", "autoplay", "bluetooth", "browsing-topics", "camera", "compute-pressure",
		"cross-origin-isolated", "display-capture", "encrypted-media", "gamepad", "geolocation", "gyroscope", "hid", "identity-credentials-get",
		"idle-detection", "keyboard-map", "local-fonts", "magnetometer", "microphone", "midi", "otp-credentials", "payment",
		"picture-in-picture", "screen-wake-lock", "serial", "storage-access", "sync-xhr", "unload", "usb", "window-management",
		"xr-spatial-tracking",
	}
}

// permissions is the Permissions-Policy.
func permissions() string {
	var all []string
	for _, name := range unused() {
		all = append(all, name+"=()")
	}
	for _, name := range used() {
		all = append(all, name+"=(self)")
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// headers sets what every answer carries. What is private is not kept; files
// that may be kept say so themselves.
func (s *server) headers(next http.Handler) http.Handler {
	fixed := map[string]string{
		"Strict-Transport-Security":         hsts,
		"X-Content-Type-Options":            "nosniff",
		"X-Frame-Options":                   "DENY",
		"X-Permitted-Cross-Domain-Policies": "none",
		"X-Dns-Prefetch-Control":            "off",
		"Cross-Origin-Opener-Policy":        "same-origin",
		"Cross-Origin-Embedder-Policy":      "require-corp",
		"Cross-Origin-Resource-Policy":      "same-origin",
		"Origin-Agent-Cluster":              "?1",
		"Referrer-Policy":                   "no-referrer",
		"Permissions-Policy":                permissions(),
		"Reporting-Endpoints":               reportName + `="` + reportPath + `"`,
		"Cache-Control":                     "no-store",
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		for name, value := range fixed {
			h.Set(name, value)
		}
		h.Set("Content-Security-Policy", cspBefore+s.host(r)+cspAfter)
		next.ServeHTTP(w, r)
	})
}

// host returns the name the page may open its socket to: the one it was asked
// by if that is one of ours, so that a made-up Host header gains nothing.
func (s *server) host(r *http.Request) string {
	origins := s.Origins()
	if slices.Contains(origins, "https://"+r.Host) {
		return r.Host
	}
	if len(origins) == 0 {
		return "localhost"
	}
	return strings.TrimPrefix(origins[0], "https://")
}
