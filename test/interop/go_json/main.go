// What Go's own packages make of backup records and of odd values; the other side of the comparison in go_metadata.sh.
//
//	go run main.go record < FILE   reads a record into the fields of its version and writes it again
//	go run main.go odd             prints odd values, one a line: kind, tab, value
//	go run main.go forms < FILE    reads such lines and prints Go's form of each
package main

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"time"
)

// The fields of each version, in the order in which Juju's encoder writes them. Pointers stand for keys that came or went
// within a version.
type recordV0 struct {
	ID             string
	Checksum       string
	ChecksumFormat string
	Size           int64
	Stored         time.Time
	Started        time.Time
	Finished       time.Time
	Notes          string
	Environment    string
	Machine        string
	Hostname       string
	Version        string
	Series         *string `json:",omitempty"`
	CACert         *string `json:",omitempty"`
	CAPrivateKey   *string `json:",omitempty"`
}

type recordV1 struct {
	ID                          string
	FormatVersion               int64
	Checksum                    string
	ChecksumFormat              string
	Size                        int64
	Stored                      time.Time
	Started                     time.Time
	Finished                    time.Time
	Notes                       string
	ModelUUID                   string
	Machine                     string
	Hostname                    string
	Version                     string
	Series                      *string `json:",omitempty"`
	Base                        *string `json:",omitempty"`
	ControllerUUID              string
	HANodes                     int64
	ControllerMachineID         string
	ControllerMachineInstanceID string
	CACert                      *string `json:",omitempty"`
	CAPrivateKey                *string `json:",omitempty"`
}

type recordV2 struct {
	ID                          string
	FormatVersion               int64
	Stored                      time.Time
	Started                     time.Time
	Finished                    time.Time
	Notes                       string
	ModelUUID                   string
	Machine                     string
	Hostname                    string
	Version                     string
	Series                      *string `json:",omitempty"`
	Base                        *string `json:",omitempty"`
	ControllerUUID              string
	HANodes                     int64
	ControllerMachineID         string
	ControllerMachineInstanceID string
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func record() {
	text, err := io.ReadAll(os.Stdin)
	check(err)
	var version struct{ FormatVersion int64 }
	check(json.Unmarshal(text, &version))
	var into interface{}
	switch version.FormatVersion {
	case 0:
		into = new(recordV0)
	case 1:
		into = new(recordV1)
	case 2:
		into = new(recordV2)
	default:
		check(fmt.Errorf("format %d", version.FormatVersion))
	}
	check(json.Unmarshal(text, into))
	check(json.NewEncoder(os.Stdout).Encode(into))
}

func odd() {
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	text := func(s string) { fmt.Fprintf(out, "string\t%s\n", hex.EncodeToString([]byte(s))) }
	for i := 0; i < 256; i++ {
		text(string([]byte{'a', byte(i), 'z'}))
	}
	for r := rune(0); r < 0x30000; r += 13 {
		text(string(r))
	}
	for _, r := range []rune{0x2027, 0x2028, 0x2029, 0x202a, 0xfeff, 0xfffd, 0xffff, 0x10000, 0xe0001, 0x10ffff} {
		text(string(r))
	}
	for _, s := range []string{"", "<script>&amp;</script>", "\xe2\x80", "\xe2\x80\xa8\xe2", "\xed\xa0\x80", "\xc0\xaf", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80"} {
		text(s)
	}
	number := func(f float64) {
		if !math.IsInf(f, 0) {
			fmt.Fprintf(out, "float\t%016x\n", math.Float64bits(f))
		}
	}
	for exponent := -330; exponent <= 308; exponent++ {
		for _, digits := range []float64{1, 1.5, 9.999999999999999, 1.2345678901234567, -7} {
			number(digits * math.Pow(10, float64(exponent)))
		}
	}
	for _, f := range []float64{0, math.Copysign(0, -1), 0.1, 1e20, 1e21, 1e-6, 9.9e-7, 1 << 53, 1<<53 + 2, math.MaxFloat64, math.SmallestNonzeroFloat64} {
		number(f)
	}
	moment := func(t time.Time) { fmt.Fprintf(out, "time\t%d.%d\n", t.Unix(), t.Nanosecond()) }
	moment(time.Time{})
	for i := int64(0); i < 2000; i++ {
		nanoseconds := []int64{0, 1, 10, 120000000, 999999999, 500000000, 123456789, 1000}[i%8]
		moment(time.Unix(-62135596800+i*157766400+i*i%86400, nanoseconds))
	}
}

func forms() {
	in := bufio.NewScanner(os.Stdin)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	form := func(value interface{}) string {
		text, err := json.Marshal(value)
		check(err)
		return string(text)
	}
	for in.Scan() {
		parts := strings.SplitN(in.Text(), "\t", 2)
		switch parts[0] {
		case "string":
			bytes, err := hex.DecodeString(parts[1])
			check(err)
			fmt.Fprintf(out, "%s %s\n", form(string(bytes)), strconv.Quote(string(bytes)))
		case "float":
			bits, err := strconv.ParseUint(parts[1], 16, 64)
			check(err)
			fmt.Fprintln(out, form(math.Float64frombits(bits)))
		case "time":
			var seconds, nanoseconds int64
			_, err := fmt.Sscanf(parts[1], "%d.%d", &seconds, &nanoseconds)
			check(err)
			t := time.Unix(seconds, nanoseconds).UTC()
			fmt.Fprintf(out, "%s %s %s\n", form(t), t, t.Format("20060102-150405"))
		}
	}
	check(in.Err())
}

func main() {
	if len(os.Args) != 2 {
		check(fmt.Errorf("usage: main record|odd|forms"))
	}
	switch os.Args[1] {
	case "record":
		record()
	case "odd":
		odd()
	case "forms":
		forms()
	default:
		check(fmt.Errorf("unknown word %q", os.Args[1]))
	}
}
