// pebble is Pebble, the ACME server, answering one request after the other.
//
// Pebble's own program answers them side by side, and its store can then stand still for good: who reads an authorization holds its lock and
// waits for the store, who orders holds the store and waits for that lock, and a third one that wants to write makes both wait for ever
// (v2.10.1, wfe.Authz and MemoryStore.FindValidAuthorization). Some hundred orders at once bring it about within a minute. Validations and
// issuances go on side by side as before: they are no requests.
package main

import (
	"bytes"
	"flag"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"sync"

	"github.com/letsencrypt/pebble/v2/ca"
	"github.com/letsencrypt/pebble/v2/cmd"
	"github.com/letsencrypt/pebble/v2/db"
	"github.com/letsencrypt/pebble/v2/va"
	"github.com/letsencrypt/pebble/v2/wfe"
)

// settings are those fields of Pebble's configuration file that the testbed writes.
type settings struct {
	Pebble struct {
		ListenAddress, ManagementListenAddress string
		HTTPPort, TLSPort                      int
		Certificate, PrivateKey                string
		ExternalAccountBindingRequired         bool
		ExternalAccountMACKeys                 map[string]string
		DomainBlocklist                        []string
		KeyAlgorithm                           string
		Profiles                               map[string]ca.Profile
		RetryAfter                             struct{ Authz, Order int }
	}
}

// caaIdentity is what Pebble calls itself in CAA records, and in offers of dns-persist-01, where nothing else is configured.
const caaIdentity = "pebble.letsencrypt.org"

func main() {
	file := flag.String("config", "", "the configuration file, as Pebble's own")
	strict := flag.Bool("strict", false, "refuse what RFC 8555 merely discourages")
	nameserver := flag.String("dnsserver", "", "the DNS server to ask, as address:port")
	flag.Parse()

	var given settings
	cmd.FailOnError(cmd.ReadConfigFile(*file, &given), "reading the configuration")
	of := given.Pebble
	logger := log.New(os.Stdout, "Pebble ", log.LstdFlags)

	store := db.NewMemoryStore()
	for id, key := range of.ExternalAccountMACKeys {
		cmd.FailOnError(store.AddExternalAccountKeyByID(id, key), "reading the external account keys")
	}
	for _, name := range of.DomainBlocklist {
		cmd.FailOnError(store.AddBlockedDomain(name), "reading the list of blocked domains")
	}
	profiles := of.Profiles
	if len(profiles) == 0 {
		// Without a validity of its own: the CA then takes Pebble's default.
		profiles = map[string]ca.Profile{"default": {Description: "The default profile"}}
	}
	authority := ca.New(logger, store, "", of.KeyAlgorithm, alternateRoots(), 1, profiles)
	validation := va.New(logger, of.HTTPPort, of.TLSPort, *strict, *nameserver, store)
	server := wfe.New(logger, store, validation, authority, []string{caaIdentity}, *strict, of.ExternalAccountBindingRequired,
		of.RetryAfter.Authz, of.RetryAfter.Order)

	serve := func(address string, handler http.Handler) {
		cmd.FailOnError(http.ListenAndServeTLS(address, of.Certificate, of.PrivateKey, handler), "serving on "+address)
	}
	go serve(of.ManagementListenAddress, server.ManagementHandler())
	serve(of.ListenAddress, oneAtATime(server.Handler()))
}

// alternateRoots is how many other chains are offered, by the environment variable that Pebble's own program reads.
func alternateRoots() int {
	count, err := strconv.Atoi(os.Getenv("PEBBLE_ALTERNATE_ROOTS"))
	if err != nil || count < 0 {
		return 0
	}
	return count
}

// oneAtATime lets next answer one request after the other. Bodies are read before: a slow sender keeps nobody waiting.
func oneAtATime(next http.Handler) http.Handler {
	var turn sync.Mutex
	return http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(request.Body)
		if err != nil {
			http.Error(response, "the body could not be read", http.StatusBadRequest)
			return
		}
		request.Body = io.NopCloser(bytes.NewReader(body))
		turn.Lock()
		defer turn.Unlock()
		next.ServeHTTP(response, request)
	})
}
