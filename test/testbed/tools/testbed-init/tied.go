package main

import (
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

func runTied(words, command []string) error {
	if len(words) != 1 {
		return fmt.Errorf("tied takes the process id of its parent, got %q", words)
	}
	parent, err := strconv.Atoi(words[0])
	if err != nil {
		return fmt.Errorf("tied takes the process id of its parent: %w", err)
	}
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0); err != nil {
		return fmt.Errorf("prctl(PR_SET_PDEATHSIG): %w", err)
	}
	// A parent that died before the call above sends no signal any more (prctl(2)).
	if actual := os.Getppid(); actual != parent {
		return fmt.Errorf("the process %d that asked for %s is gone", parent, command[0])
	}
	return become(command)
}
