package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/url"
	"os"

	"github.com/wiredesk/wiredesk/client"
)

// Sign in and print the titles of the published posts, page by page.
func Example() {
	server := exampleServer()
	defer server.Close()
	ctx := context.Background()

	c := client.New(server.URL) // such as "http://localhost:3000"
	defer c.Close()
	if err := c.Login(ctx, "ana@example.com", "correct horse"); err != nil {
		log.Fatal(err)
	}
	query := url.Values{"status": {"published"}, "limit": {"100"}}
	for {
		page, err := c.List(ctx, query)
		if err != nil {
			log.Fatal(err)
		}
		for _, p := range page.Items {
			fmt.Println(p.ID, p.Title)
		}
		if page.Next == "" {
			break
		}
		query.Set("after", page.Next)
	}
	// Output:
	// 42 On ferries
}

// Change a title. If another user has changed it in the meantime, read theirs and decide.
func ExampleClient_Patch() {
	server := exampleServer()
	defer server.Close()
	ctx := context.Background()
	c := client.New(server.URL)
	defer c.Close()
	if err := c.Login(ctx, "ana@example.com", "correct horse"); err != nil {
		log.Fatal(err)
	}

	const id, versionRead = 42, 7
	fields := client.Fields{"title": "On ferries and tides"}
	saved, err := c.Patch(ctx, id, versionRead, fields, "")
	if problem := (*client.Problem)(nil); errors.As(err, &problem) && problem.Status == http.StatusPreconditionFailed {
		current, err := problem.CurrentPost()
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("conflict in %v: version %d has %q\n", problem.Conflicts, current.Version, current.Title)
		// To keep our title, base the change on their version. A program with a user asks.
		saved, err = c.Patch(ctx, id, current.Version, fields, "")
		if err != nil {
			log.Fatal(err)
		}
	} else if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("version %d has %q\n", saved.Post.Version, saved.Post.Title)
	// Output:
	// conflict in [title]: version 8 has "On boats"
	// version 9 has "On ferries and tides"
}

// Create a post so that the request can be sent again after a lost answer.
func ExampleClient_Create() {
	c := client.New("http://localhost:3000")
	defer c.Close()
	ctx := context.Background()
	if err := c.Login(ctx, "ana@example.com", os.Getenv("WIREDESK_PASSWORD")); err != nil {
		log.Fatal(err)
	}
	const key = "import-2026-11-26-0001" // unique per change, the same for each attempt
	fields := client.Fields{"title": "On ferries", "content": "They leave on time.\n", "tags": []string{"sea"}}
	saved, err := c.Create(ctx, fields, key)
	for problem := (*client.Problem)(nil); err != nil && !errors.As(err, &problem); { // no answer
		saved, err = c.Create(ctx, fields, key)
	}
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(saved.Post.ID, saved.Post.Version, saved.Replayed)
}

// Keep a copy of all titles: read the list, then follow the stream from its position.
func ExampleClient_Stream() {
	server := exampleServer(
		func(p *peer) { p.welcomeIn("k3v9q2mdxa", 1071, "replayed"); p.events(1072) },
		func(p *peer) { p.welcomeIn("k3v9q2mdxa", 1072, "replayed"); p.events(1073) }, // the first connection was lost
	)
	defer server.Close()
	ctx := context.Background()
	c := client.New(server.URL)
	defer c.Close()
	if err := c.Login(ctx, "ana@example.com", "correct horse"); err != nil {
		log.Fatal(err)
	}

	page, err := c.List(ctx, nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(page.Items), "posts at", page.Position())
	stop := errors.New("enough")
	err = c.Stream(ctx, page.Position(), client.Handler{
		Event: func(e client.Event) error {
			p, err := e.Post()
			if err != nil {
				return err
			}
			fmt.Println(e.Seq, e.Type, p.ID)
			if e.Seq == 1073 {
				return stop
			}
			return nil
		},
		Gap: func(after, next client.Position) {
			// Some events will not be delivered: read the list again, and drop posts that it lacks.
		},
	})
	if !errors.Is(err, stop) {
		log.Fatal(err)
	}
	// Output:
	// 1 posts at {k3v9q2mdxa 1071}
	// 1072 blog-updated 42
	// 1073 blog-updated 42
}

// Continue after a restart of the program: store the position of each applied event. An
// event is applied again if the program ends between the two, so applying must allow it;
// or store both in one transaction.
func ExampleClient_Stream_restart() {
	c := client.New("http://localhost:3000")
	defer c.Close()
	ctx := context.Background()
	if err := c.Login(ctx, "ana@example.com", os.Getenv("WIREDESK_PASSWORD")); err != nil {
		log.Fatal(err)
	}

	const file = "position.json"
	var at client.Position // without a file: from the beginning of the log
	if b, err := os.ReadFile(file); err == nil {
		if err := json.Unmarshal(b, &at); err != nil {
			log.Fatal(err)
		}
	}
	store := func(at client.Position) error {
		b, err := json.Marshal(at)
		if err != nil {
			return err
		}
		return os.WriteFile(file, b, 0o600)
	}
	err := c.Stream(ctx, at, client.Handler{
		Event: func(e client.Event) error {
			fmt.Println(e.Seq, e.Type) // apply the event here
			return store(e.Position())
		},
		Gap: func(after, next client.Position) {
			if after.Epoch != next.Epoch {
				fmt.Println("a backup was restored: everything has to be read again")
			}
		},
	})
	log.Fatal(err)
}
