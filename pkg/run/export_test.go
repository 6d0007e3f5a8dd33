package run

// Abandon stops renewing without giving the claim back, as a crash does.
func (l *Lease) Abandon() {
	l.stop()
	l.renewal.Wait()
}
