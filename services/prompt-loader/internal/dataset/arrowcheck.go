package dataset

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/apache/arrow-go/v18/arrow/ipc"
)

// checkArrow walks over the messages of a stream and leaves f at its beginning.
// The Arrow library takes lengths in a file at their word and allocates what they
// say, which a damaged file turns into more memory than there is: so every count
// that it allocates by must fit into the file.
//
// A message is a continuation marker, the length of its metadata, the metadata,
// and a body of the length that the metadata says.
func checkArrow(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	for at := int64(0); at < info.Size(); {
		var prefix [8]byte
		if _, err := f.ReadAt(prefix[:], at); err != nil {
			return fmt.Errorf("cut short at byte %d: %w", at, err)
		}
		if bytes.HasPrefix(prefix[:], ipc.Magic) {
			return errors.New("this is the random access format (Feather); only the streaming one is read")
		}
		if binary.LittleEndian.Uint32(prefix[:]) != 0xffffffff {
			return fmt.Errorf("no Arrow message at byte %d", at)
		}
		size := int64(binary.LittleEndian.Uint32(prefix[4:]))
		if size == 0 {
			break // the end, as it should be marked
		}
		at += int64(len(prefix))
		if size > info.Size()-at {
			return fmt.Errorf("cut short in the message at byte %d", at)
		}
		meta := flat{bytes: make([]byte, size)}
		if _, err := f.ReadAt(meta.bytes, at); err != nil {
			return err
		}
		body := meta.checkMessage()
		if meta.bad {
			return fmt.Errorf("damaged message at byte %d", at)
		}
		if at += size; body < 0 || body > info.Size()-at {
			return fmt.Errorf("cut short in the body at byte %d", at)
		}
		at += body
	}
	_, err = f.Seek(0, io.SeekStart)
	return err
}

// The headers of messages, and the slots of their tables, in Arrow's Message.fbs
// and Schema.fbs.
const (
	headerSchema     = 1
	headerDictionary = 2
	headerBatch      = 3

	messageHeaderType, messageHeader, messageBodyLength = 1, 2, 3
	schemaFields, schemaMetadata                        = 1, 2
	fieldChildren, fieldMetadata                        = 5, 6
	dictionaryData                                      = 1
	batchNodes, batchBuffers                            = 1, 2

	maxNesting = 64
)

// checkMessage follows what the library will follow, and returns the length of
// the body.
func (f *flat) checkMessage() int64 {
	message := f.follow(0)
	body := int64(f.number(f.slot(message, messageBodyLength), 8))
	kind := f.number(f.slot(message, messageHeaderType), 1)
	header := f.follow(f.slot(message, messageHeader))
	switch kind {
	case headerSchema:
		f.checkFields(header, schemaFields, maxNesting)
		f.vector(header, schemaMetadata, 4)
	case headerDictionary:
		f.checkBatch(f.follow(f.slot(header, dictionaryData)))
	case headerBatch:
		f.checkBatch(header)
	default:
		f.bad = true
	}
	return body
}

func (f *flat) checkFields(table int64, slot, nesting int) {
	if nesting == 0 {
		f.bad = true
		return
	}
	start, n := f.vector(table, slot, 4)
	for i := int64(0); i < n && !f.bad; i++ {
		field := f.follow(start + 4*i)
		f.vector(field, fieldMetadata, 4)
		f.checkFields(field, fieldChildren, nesting-1)
	}
}

func (f *flat) checkBatch(batch int64) {
	// Both hold structs of two 64-bit numbers.
	f.vector(batch, batchNodes, 16)
	f.vector(batch, batchBuffers, 16)
}

// flat reads a flatbuffer and never beyond its end: it goes bad instead.
type flat struct {
	bytes []byte
	bad   bool
}

// number reads size bytes, little endian; 0 at position 0, where nothing is that
// is optional.
func (f *flat) number(at, size int64) uint64 {
	if at == 0 || f.bad {
		return 0
	}
	if at < 0 || at+size > int64(len(f.bytes)) {
		f.bad = true
		return 0
	}
	var wide [8]byte
	copy(wide[:], f.bytes[at:at+size])
	return binary.LittleEndian.Uint64(wide[:])
}

// follow goes where the offset at a position points; from 0, to the root.
func (f *flat) follow(at int64) int64 {
	if len(f.bytes) < 8 {
		f.bad = true
		return 0
	}
	if at == 0 {
		return int64(binary.LittleEndian.Uint32(f.bytes))
	}
	return at + int64(f.number(at, 4))
}

// slot is the position of a table's field; 0 when it is absent. The table begins
// with the way back to its vtable, which has the fields' offsets after two sizes.
func (f *flat) slot(table int64, n int) int64 {
	vtable := table - int64(int32(f.number(table, 4)))
	entry := int64(4 + 2*n)
	if entry+2 > int64(f.number(vtable, 2)) {
		return 0
	}
	offset := int64(f.number(vtable+entry, 2))
	if offset == 0 {
		return 0
	}
	return table + offset
}

// vector is where the items of a field begin, and how many fit.
func (f *flat) vector(table int64, slot int, itemSize int64) (start, n int64) {
	at := f.slot(table, slot)
	if at == 0 {
		return 0, 0
	}
	at = f.follow(at)
	n = int64(f.number(at, 4))
	if start = at + 4; start+n*itemSize > int64(len(f.bytes)) {
		f.bad = true
	}
	return start, n
}
