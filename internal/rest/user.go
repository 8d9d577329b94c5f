package rest

import (
	"net/http"

	"github.com/wiredesk/wiredesk/internal/auth"
)

func (s *server) listUsers(w http.ResponseWriter, r *http.Request, by auth.Actor) {
	users, err := s.auth.Users(r.Context(), by)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, list{Items: users})
}

func (s *server) createUser(w http.ResponseWriter, r *http.Request, by auth.Actor) {
	var in struct {
		Email    string    `json:"email"`
		Name     string    `json:"name"`
		Role     auth.Role `json:"role"`
		Password string    `json:"password"`

		Temporary bool `json:"temporary"`
	}
	err := by.Require(auth.Admin) // before the body, so that a refusal tells nothing of it
	if err == nil {
		err = decode(w, r, &in)
	}
	var u auth.User
	if err == nil {
		u, err = s.auth.CreateUser(r.Context(), by, auth.NewUser(in))
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusCreated, u)
}

func (s *server) patchUser(w http.ResponseWriter, r *http.Request, by auth.Actor) {
	var in struct {
		Name     *string    `json:"name"`
		Role     *auth.Role `json:"role"`
		Disabled *bool      `json:"disabled"`
		Password *string    `json:"password"`

		Temporary bool `json:"temporary"`
	}
	err := by.Require(auth.Admin)
	var id int64
	if err == nil {
		id, err = pathID(r, "userId", "user")
	}
	if err == nil {
		err = decode(w, r, &in)
	}
	var u auth.User
	if err == nil {
		u, err = s.auth.UpdateUser(r.Context(), by, id, auth.UserChange(in))
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, u)
}
