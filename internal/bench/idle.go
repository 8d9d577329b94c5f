package bench

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// idle measures the memory of the process without and with sockets. Before the first sample the server
// works for a while, so that the garbage of its start is collected.
func idle(ctx context.Context, t *target) ([]row, error) {
	const lasting = 20 * time.Second // CPU time is counted in steps of 10 ms
	before, err := t.memoryAtWork(ctx)
	if err != nil {
		return nil, err
	}
	cost := t.cost()
	pool, err := t.newClientPool(ctx, t.sockets)
	if err != nil {
		return nil, err
	}
	defer pool.close()
	perSocket, known := cost(int64(t.sockets))
	after, err := t.settledMemory(ctx)
	if err != nil {
		return nil, err
	}
	resting, _ := t.server.CPU()
	wait(ctx, lasting)
	rested, _ := t.server.CPU()
	return []row{
		count("memory before", "%.1f MB", float64(before)/1e6),
		count(fmt.Sprintf("memory with %d sockets", t.sockets), "%.1f MB", float64(after)/1e6),
		count("per socket", "%.1f KB", float64(after-before)/1000/float64(t.sockets)),
		cpu("server CPU to accept a socket", perSocket, known),
		count("server CPU while all are idle", "%.2f %% of a core", 100*(rested-resting).Seconds()/lasting.Seconds()),
	}, ctx.Err()
}

func (t *target) memoryAtWork(ctx context.Context) (int64, error) {
	const changes = 3000
	one, err := t.newClientPool(ctx, 1)
	if err != nil {
		return 0, err
	}
	defer one.close()
	all, err := t.newWriters(ctx, 8, one)
	if err != nil {
		return 0, err
	}
	defer closeAll(all)
	if _, err := t.round(ctx, one, all, changes); err != nil {
		return 0, err
	}
	return t.settledMemory(ctx)
}

// settledMemory waits until the process returns no more memory to the system.
func (t *target) settledMemory(ctx context.Context) (int64, error) {
	const every, still, most = 500 * time.Millisecond, 8, 40 // samples
	var last int64
	for same, looks := 0, 0; same < still && looks < most; looks++ {
		now, ok := t.server.Memory()
		if !ok {
			return 0, errors.New("this system does not tell the memory of a process")
		}
		if change := now - last; -last/100 < change && change < last/100 {
			same++
		} else {
			same, last = 0, now
		}
		wait(ctx, every)
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
	}
	return last, nil
}
