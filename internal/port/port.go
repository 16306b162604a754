// Package port reserves TCP ports for servers that are about to start.
package port

import (
	"fmt"
	"os"
	"syscall"
)

// Reserved is a port of 127.0.0.1 on which nobody listens. Until Release the
// kernel gives it to nobody who asks for any port, but a Go program that asks
// for this one may listen on it: both sockets have SO_REUSEADDR. A port that
// was free a moment ago may be another's by the time that it is used.
type Reserved struct {
	Number int
	socket *os.File
}

// Reserve reserves a port that the kernel chooses.
func Reserve() (*Reserved, error) {
	socket, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("reserving a port: %w", err)
	}
	file := os.NewFile(uintptr(socket), "reserved port")
	number, err := bind(socket)
	if err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("reserving a port: %w", err)
	}
	return &Reserved{number, file}, nil
}

func bind(socket int) (port int, err error) {
	if err := syscall.SetsockoptInt(socket, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1); err != nil {
		return 0, err
	}
	if err := syscall.Bind(socket, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return 0, err
	}
	address, err := syscall.Getsockname(socket)
	if err != nil {
		return 0, err
	}
	return address.(*syscall.SockaddrInet4).Port, nil
}

// Release gives the port back. Who listens on it goes on.
func (r *Reserved) Release() { _ = r.socket.Close() }
