package main

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
)

// maxOrigins bounds the list that the Origin header of each request is compared with.
const maxOrigins = 100

// readOrigins reads FRONTEND_URL: the dashboard's origin and, after commas, other origins. All have one scheme. An http origin
// beside an https one could not use the Secure cookies, and a network attacker could change its pages and call the API with them.
func (c *config) readOrigins(s *settings) {
	const name, example = "FRONTEND_URL", "https://desk.example.org,https://app.example.org"
	list := s.text(name, fmt.Sprintf("http://localhost:%d", c.port))
	var origins []string
	for text := range strings.SplitSeq(list, ",") {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		origin, problem := parseOrigin(text)
		switch {
		case problem != "":
			s.bad(name, text, problem, "https://desk.example.org")
			return
		case slices.Contains(origins, origin):
			s.bad(name, text, "is an origin that the list has already, "+origin+": remove one of them", example)
			return
		case len(origins) > 0 && isSecure(origin) != isSecure(origins[0]):
			s.bad(name, text, "has another scheme than "+origins[0]+": use https for all origins, or http for all", example)
			return
		case len(origins) == maxOrigins:
			s.bad(name, text, fmt.Sprintf("is one origin too many: there may be %d", maxOrigins), example)
			return
		}
		origins = append(origins, origin)
	}
	if len(origins) == 0 {
		s.bad(name, list, "has no origin", "https://desk.example.org")
		return
	}
	c.origin, c.otherOrigins = origins[0], origins[1:]
}

func isSecure(origin string) bool { return strings.HasPrefix(origin, "https://") }

// parseOrigin returns an origin as browsers send it, or the problem with text.
func parseOrigin(text string) (origin, problem string) {
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", "must be an origin: scheme, host and port"
	}
	if port := u.Port(); port != "" {
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return "", "has a port above 65535"
		}
	}
	if strings.Contains(u.Host, "*") {
		return "", "has a wildcard: write each origin out"
	}
	if origin, err = browserOrigin(u); err != nil {
		return "", "has a host that is not a valid name"
	}
	return origin, ""
}

// browserOrigin returns the origin as browsers send it: in lower case, without the usual
// port, the labels of an international name in their ASCII form.
func browserOrigin(u *url.URL) (string, error) {
	host := u.Hostname()
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if strings.ContainsFunc(host, func(r rune) bool { return r > unicode.MaxASCII }) {
		var err error
		if host, err = idna.Lookup.ToASCII(host); err != nil {
			return "", err
		}
	}
	if port := u.Port(); port != "" && port != map[string]string{"http": "80", "https": "443"}[u.Scheme] {
		host += ":" + port
	}
	return strings.ToLower(u.Scheme + "://" + host), nil
}

// host returns the host name of FRONTEND_URL.
func (c config) host() string {
	u, err := url.Parse(c.origin)
	if err != nil {
		return ""
	}
	return u.Hostname()
}
