// Command caller stands in for whoever a policy lets call, and for who is called.
//
//	caller wait          does nothing until it is stopped
//	caller serve PORT... answers at each port
//	caller call PLACE... calls each place, HOST:PORT by TCP and HOST by a look-up of
//	                     its name, and prints a line for each: "PLACE answers", or
//	                     "PLACE does not: ERROR"
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"
)

// patience is how long an answer may take. Policies refuse at once.
const patience = 10 * time.Second

func main() {
	log.SetFlags(0)
	log.SetPrefix("caller: ")
	var verb string
	var arguments []string
	if len(os.Args) > 1 {
		verb, arguments = os.Args[1], os.Args[2:]
	}
	switch verb {
	case "wait":
		wait()
	case "serve":
		log.Fatal(serve(arguments))
	case "call":
		callAll(arguments)
	default:
		log.Fatal("must be told to wait, serve or call")
	}
}

func wait() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	<-ctx.Done()
}

// serve greets whoever connects.
func serve(ports []string) error {
	failed := make(chan error)
	for _, port := range ports {
		listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", ":"+port)
		if err != nil {
			return err
		}
		go func() {
			for {
				connection, err := listener.Accept()
				if err != nil {
					failed <- err
					return
				}
				_, _ = io.WriteString(connection, "hello\n")
				_ = connection.Close()
			}
		}()
	}
	return <-failed
}

func callAll(places []string) {
	lines := make([]string, len(places))
	var calls sync.WaitGroup
	for i, place := range places {
		calls.Go(func() {
			lines[i] = place + " answers"
			if err := call(place); err != nil {
				lines[i] = fmt.Sprintf("%s does not: %v", place, err)
			}
		})
	}
	calls.Wait()
	fmt.Println(strings.Join(lines, "\n"))
}

func call(place string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if !strings.Contains(place, ":") {
		_, err := net.DefaultResolver.LookupHost(ctx, place)
		return err
	}
	connection, err := new(net.Dialer).DialContext(ctx, "tcp", place)
	if err != nil {
		return err
	}
	return connection.Close()
}
