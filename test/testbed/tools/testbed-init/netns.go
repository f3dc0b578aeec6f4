package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// insideUserNamespace is set for the second start of this program, which must not try a third.
const insideUserNamespace = "TESTBED_INIT_INSIDE_USER_NAMESPACE"

func runInNamespace(addresses, command []string) error {
	err := unix.Unshare(unix.CLONE_NEWNET)
	switch {
	case errors.Is(err, unix.EPERM) && os.Getenv(insideUserNamespace) == "":
		return runAsMappedRoot()
	case err != nil:
		return fmt.Errorf("unshare(CLONE_NEWNET): %w (are user namespaces forbidden on this machine?)", err)
	}
	if err := configureLoopback(addresses); err != nil {
		return err
	}
	if err := os.Unsetenv(insideUserNamespace); err != nil {
		return err
	}
	return become(command)
}

// runAsMappedRoot starts this program again as root of a new user namespace. A process with several threads, as every Go
// process has, cannot enter one itself (unshare(2), EINVAL); it can only be cloned into it.
func runAsMappedRoot() error {
	again := exec.Command("/proc/self/exe", os.Args[1:]...)
	again.Stdin, again.Stdout, again.Stderr = os.Stdin, os.Stdout, os.Stderr
	again.Env = append(os.Environ(), insideUserNamespace+"=1")
	again.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
		Pdeathsig:   syscall.SIGKILL,
	}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	if err := again.Start(); err != nil {
		return fmt.Errorf("creating a user namespace: %w (are they forbidden on this machine?)", err)
	}
	go forward(signals, again.Process)
	err := again.Wait()
	var exit *exec.ExitError
	switch {
	case err == nil:
		os.Exit(0)
	case errors.As(err, &exit) && exit.ExitCode() >= 0:
		os.Exit(exit.ExitCode())
	}
	return err
}

// forward hands SIGTERM and SIGHUP on. A terminal sends SIGINT to the command itself, so that one is only survived here.
func forward(signals <-chan os.Signal, to *os.Process) {
	for received := range signals {
		if received != syscall.SIGINT {
			_ = to.Signal(received)
		}
	}
}

func configureLoopback(addresses []string) error {
	loopback, err := netlink.LinkByName("lo")
	if err != nil {
		return fmt.Errorf("finding the loopback device: %w", err)
	}
	if err := netlink.LinkSetUp(loopback); err != nil {
		return fmt.Errorf("bringing the loopback device up: %w", err)
	}
	for _, text := range addresses {
		address := net.ParseIP(text).To4()
		if address == nil {
			return fmt.Errorf("%q is not an IPv4 address", text)
		}
		network := &net.IPNet{IP: address, Mask: net.CIDRMask(32, 32)}
		if err := netlink.AddrAdd(loopback, &netlink.Addr{IPNet: network}); err != nil {
			return fmt.Errorf("adding %s to the loopback device: %w", text, err)
		}
	}
	return nil
}
