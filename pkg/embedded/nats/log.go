package nats

import (
	"fmt"
	"log/slog"
)

// serverLog hands the server's warnings and errors on, and keeps the first fatal
// one: the server would end the process on it, we return it from Start.
type serverLog struct {
	log   *slog.Logger
	fatal chan string
}

func newServerLog(log *slog.Logger) *serverLog {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &serverLog{log: log, fatal: make(chan string, 1)}
}

// Fatalf implements server.Logger.
func (l *serverLog) Fatalf(format string, args ...any) {
	select {
	case l.fatal <- fmt.Sprintf(format, args...):
	default:
	}
}

// Errorf implements server.Logger.
func (l *serverLog) Errorf(format string, args ...any) {
	l.log.Error("broker", "detail", fmt.Sprintf(format, args...))
}

// Warnf implements server.Logger.
func (l *serverLog) Warnf(format string, args ...any) {
	l.log.Warn("broker", "detail", fmt.Sprintf(format, args...))
}

// Noticef implements server.Logger.
func (*serverLog) Noticef(string, ...any) {}

// Debugf implements server.Logger.
func (*serverLog) Debugf(string, ...any) {}

// Tracef implements server.Logger.
func (*serverLog) Tracef(string, ...any) {}
