// Package hub lists and downloads the files of datasets on a Hugging Face Hub.
//
// It promises that a file which it returns is whole (size and, where the hub
// gives one, SHA-256), that an interrupted download goes on where it stopped,
// that what is in the cache and unchanged on the hub is not fetched again, that
// waiting for the hub is bounded, and that the token goes to the hub's own origin
// and nowhere else: not to the content network that it redirects to, not into an
// error or a log.
//
// It does not read the files, and knows nothing of models or uploads.
package hub
