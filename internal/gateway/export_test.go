package gateway

// Delivered returns how many events were handed to sockets so far, once per socket.
func (h *Hub) Delivered() int { return int(h.delivered()) }
