package rest

import (
	"net/http"

	"github.com/wiredesk/wiredesk/internal/auth"
)

func (s *server) listUsers(w http.ResponseWriter, r *http.Request, by auth.Actor) error {
	users, err := s.auth.Users(r.Context(), by)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, list{Items: users})
}

func (s *server) createUser(w http.ResponseWriter, r *http.Request, by auth.Actor) error {
	var in struct {
		Email    string    `json:"email"`
		Name     string    `json:"name"`
		Role     auth.Role `json:"role"`
		Password string    `json:"password"`

		Temporary bool `json:"temporary"`
	}
	if err := by.Require(auth.Admin); err != nil {
		return err // before the body is read, so that a refusal does not depend on it
	}
	if err := decode(w, r, &in); err != nil {
		return err
	}
	u, err := s.auth.CreateUser(r.Context(), by, auth.NewUser(in))
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusCreated, u)
}

func (s *server) patchUser(w http.ResponseWriter, r *http.Request, by auth.Actor) error {
	var in struct {
		Name     *string    `json:"name"`
		Role     *auth.Role `json:"role"`
		Disabled *bool      `json:"disabled"`
		Password *string    `json:"password"`

		Temporary bool `json:"temporary"`
	}
	if err := by.Require(auth.Admin); err != nil {
		return err
	}
	id, err := pathID(r, "userId", "user")
	if err != nil {
		return err
	}
	if err := decode(w, r, &in); err != nil {
		return err
	}
	u, err := s.auth.UpdateUser(r.Context(), by, id, auth.UserChange(in))
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, u)
}
