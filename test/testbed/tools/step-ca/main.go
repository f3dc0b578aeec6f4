// step-ca without its command line, cloud key services and hardware keys, which leaves half of it to compile:
// `step-ca CONFIG DNS-SERVER` serves what ca.json says, and looks names up at that server.
package main

import (
	"context"
	"fmt"
	"net"
	"os"

	"github.com/smallstep/certificates/authority/config"
	"github.com/smallstep/certificates/ca"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: step-ca CONFIG DNS-SERVER")
		os.Exit(2)
	}
	if err := serve(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(file, dnsServer string) error {
	net.DefaultResolver = &net.Resolver{
		PreferGo: true,
		Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, dnsServer)
		},
	}
	loaded, err := config.LoadConfiguration(file)
	if err != nil {
		return err
	}
	server, err := ca.New(loaded)
	if err != nil {
		return err
	}
	go ca.StopHandler(server)
	return server.Run()
}
