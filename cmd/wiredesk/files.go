package main

const (
	// reservedFiles is the number of file descriptors for the database, Kafka and HTTP requests: sockets do not use them.
	reservedFiles = 500
	// ownFiles is the part of reservedFiles that no client connection uses.
	ownFiles = 100
)

// socketLimit returns the number of sockets that this node accepts: WIREDESK_MAX_SOCKETS, or fewer if the limit of open
// files is too low for them.
func (s *server) socketLimit() int {
	files := openFilesLimit()
	most := files - min(reservedFiles, files/2)
	if s.cfg.maxSockets <= most {
		return s.cfg.maxSockets
	}
	s.log.Warn("socket limit is below WIREDESK_MAX_SOCKETS: raise the limit of open files (ulimit -n, LimitNOFILE, ulimits)",
		"limit", most, "configured", s.cfg.maxSockets, "openFiles", files)
	return max(most, 1)
}

// connectionsLeft returns the present bound of HTTP connections without sockets.
func (s *server) connectionsLeft() int {
	files := openFilesLimit()
	return files - min(ownFiles, files/4) - s.hub.Sockets()
}
