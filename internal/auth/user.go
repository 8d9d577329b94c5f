package auth

import (
	"context"
	"fmt"

	"github.com/wiredesk/wiredesk/internal/fault"
)

// System is the actor of the command line on the server's machine.
var System = Actor{Name: "command line", Role: Admin}

// NewUser is an account to be created.
type NewUser struct {
	Email    string
	Name     string
	Role     Role
	Password string
	// Temporary: the user must change the password at the first sign-in.
	Temporary bool
}

// UserChange is a change of an account. Nil fields stay unchanged.
type UserChange struct {
	Name     *string
	Role     *Role
	Disabled *bool
	Password *string
	// Temporary: the user must change the new password at the next sign-in.
	Temporary bool
}

// Users returns all accounts. It needs the role admin.
func (s *Service) Users(ctx context.Context, by Actor) ([]User, error) {
	if err := by.Require(Admin); err != nil {
		return nil, err
	}
	return s.store.Users(ctx)
}

// CreateUser creates an account. It needs the role admin and a recent authentication, see Reauthenticate.
func (s *Service) CreateUser(ctx context.Context, by Actor, n NewUser) (User, error) {
	if err := by.Require(Admin); err != nil {
		return User{}, err
	}
	n.Email, n.Name = normalEmail(n.Email), normalName(n.Name)
	var broken []fault.Field
	check := func(field, message string) {
		if message != "" {
			broken = append(broken, fault.Field{Name: field, Message: message})
		}
	}
	check("email", CheckEmail(n.Email))
	check("name", checkName(n.Name))
	check("role", checkRole(n.Role))
	check("password", CheckPassword(n.Password, n.Email, n.Name, s.cfg.Host))
	if len(broken) > 0 {
		return User{}, fault.InvalidFields(broken...)
	}
	hash, err := s.hasher.hash(ctx, local, n.Password)
	if err != nil {
		return User{}, err
	}
	var u User
	err = s.store.UpdateAccess(ctx, func(tx Tx) (err error) {
		if err = s.requireRecentAdmin(tx, by); err != nil {
			return err
		}
		if err = checkEmailFree(tx, n.Email); err != nil {
			return err
		}
		u, err = tx.InsertUser(User{Email: n.Email, Name: n.Name, Role: n.Role, PasswordHash: hash, MustChangePassword: n.Temporary, CreatedAt: s.now()})
		return err
	})
	if err == nil {
		s.cfg.Logger.InfoContext(ctx, "user added", logUser(u), "role", u.Role, "temporary", u.MustChangePassword, by.logActor())
	}
	return u, err
}

// ErrEmailTaken is the Invalid fault of a new account with the address of another one.
var ErrEmailTaken error = fault.InvalidFields(fault.Field{Name: "email", Message: "A user with this email already exists."})

// checkEmailFree returns ErrEmailTaken if an account has email in any Unicode form. The unique key of the
// database compares bytes, and emails of earlier releases may have another form than NFC.
func checkEmailFree(tx Tx, email string) error {
	emails, err := tx.Emails()
	if err != nil {
		return err
	}
	for _, other := range emails {
		if normalEmail(other) == email {
			return ErrEmailTaken
		}
	}
	return nil
}

// UpdateUser changes an account. It needs the role admin and a recent authentication, see Reauthenticate. A
// new password, or disabling the account, ends the user's sessions. The last active admin can be neither
// disabled nor demoted.
func (s *Service) UpdateUser(ctx context.Context, by Actor, id int64, c UserChange) (User, error) {
	if err := by.Require(Admin); err != nil {
		return User{}, err
	}
	var hash string
	if c.Password != nil {
		u, err := s.store.User(ctx, id)
		if err != nil {
			return User{}, err
		}
		if message := CheckPassword(*c.Password, u.Email, u.Name, s.cfg.Host); message != "" {
			return User{}, fault.InvalidFields(fault.Field{Name: "password", Message: message})
		}
		if hash, err = s.hasher.hash(ctx, local, *c.Password); err != nil {
			return User{}, err
		}
	}
	var before, u User
	err := s.takeAccess(ctx, func(tx Tx) (err error) {
		if err = s.requireRecentAdmin(tx, by); err != nil {
			return err
		}
		c.Temporary = c.Temporary && id != by.ID
		if before, err = tx.User(id); err != nil {
			return err
		}
		u, err = updateUser(tx, before, c, hash)
		return err
	})
	if err == nil {
		attrs := append([]any{logUser(u)}, logChanges(before, u, hash != "")...)
		s.cfg.Logger.InfoContext(ctx, "user changed", append(attrs, by.logActor())...)
	}
	return u, err
}

// updateUser applies a change; hash, when not empty, is that of the new password.
func updateUser(tx Tx, u User, c UserChange, hash string) (User, error) {
	otherAdmins, err := tx.CountOtherAdmins(u.ID)
	if err != nil {
		return User{}, err
	}
	if err := u.apply(c, otherAdmins); err != nil {
		return User{}, err
	}
	if hash != "" {
		u.PasswordHash, u.MustChangePassword = hash, c.Temporary
	}
	if err := tx.UpdateUser(u); err != nil {
		return User{}, err
	}
	if u.Disabled || hash != "" {
		return u, tx.RevokeSessions(u.ID, "")
	}
	return u, nil
}

// apply applies all of c but the password.
func (u *User) apply(c UserChange, otherAdmins int) error {
	wasAdmin := u.Role == Admin && !u.Disabled
	if c.Name != nil {
		u.Name = normalName(*c.Name)
		if message := checkName(u.Name); message != "" {
			return fault.InvalidFields(fault.Field{Name: "name", Message: message})
		}
	}
	if c.Role != nil {
		u.Role = *c.Role
		if message := checkRole(u.Role); message != "" {
			return fault.InvalidFields(fault.Field{Name: "role", Message: message})
		}
	}
	if c.Disabled != nil {
		u.Disabled = *c.Disabled
	}
	if wasAdmin && (u.Role != Admin || u.Disabled) && otherAdmins == 0 {
		field := "role"
		if u.Disabled {
			field = "disabled"
		}
		return fault.InvalidFields(fault.Field{Name: field, Message: "This is the last active administrator. Make another user an administrator first."})
	}
	return nil
}

// Bootstrap creates the first admin if there is no user yet. It returns the generated password; "" if
// password was given or users exist.
func (s *Service) Bootstrap(ctx context.Context, email, password string) (generated string, err error) {
	users, err := s.store.Users(ctx)
	if err != nil || len(users) > 0 {
		return "", err
	}
	if password == "" {
		generated = GeneratePassword()
		password = generated
	}
	_, err = s.CreateUser(ctx, Actor{Name: "first start", Role: Admin}, NewUser{Email: email, Name: "Admin", Role: Admin, Password: password})
	if err != nil {
		if users, listErr := s.store.Users(ctx); listErr == nil && len(users) > 0 { // another node was faster
			return "", nil
		}
		return "", fmt.Errorf("making the first administrator %s: %w", email, err)
	}
	return generated, nil
}

func checkRole(r Role) string {
	if !r.Valid() {
		return "Choose admin, editor or viewer."
	}
	return ""
}
