// testbed-init prepares a process before it runs something else.
//
//	testbed-init netns ADDRESS... -- COMMAND...   in a network namespace of its own, with those addresses on its loopback
//	testbed-init tied PARENT -- COMMAND...        killed by the kernel as soon as the process PARENT, which started it, dies
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"syscall"
)

// Namespaces and the parent-death signal belong to a thread, so everything up to exec has to stay on the first one.
func init() {
	runtime.LockOSThread()
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "testbed-init: %v\n", err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	dashes := slices.Index(arguments, "--")
	if dashes < 1 || dashes == len(arguments)-1 {
		return errors.New("usage: testbed-init netns ADDRESS... -- COMMAND... | testbed-init tied PARENT -- COMMAND...")
	}
	words, command := arguments[1:dashes], arguments[dashes+1:]
	switch arguments[0] {
	case "netns":
		return runInNamespace(words, command)
	case "tied":
		return runTied(words, command)
	default:
		return fmt.Errorf("unknown subcommand %q", arguments[0])
	}
}

// become replaces this process by the command, which keeps its namespaces, open files and parent-death signal.
func become(command []string) error {
	path, err := exec.LookPath(command[0])
	if err != nil {
		return err
	}
	return fmt.Errorf("exec %s: %w", path, syscall.Exec(path, command, os.Environ()))
}
