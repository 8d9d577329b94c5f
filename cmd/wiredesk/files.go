package main

const (
	// reservedFiles are the file descriptors that sockets leave to the database, Kafka and other requests.
	reservedFiles = 500
	// ownFiles are those of them that no connection of a client gets.
	ownFiles = 100
)

// socketLimit returns how many sockets this node accepts: as configured, unless the process may have too few file
// descriptors.
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

// connectionsLeft returns how many connections that are no sockets may be open at present.
func (s *server) connectionsLeft() int {
	files := openFilesLimit()
	return files - min(ownFiles, files/4) - s.hub.Sockets()
}
