// Verifies a static C2SP tlog-tiles log with Go's checksum database code, which
// shares nothing with Vericlin: note signature, every entry's inclusion, every
// tile's hashes, consistency with older checkpoints.
//
// Usage: go-sumdb <folder> <vkey>
//
// The folder holds checkpoint, checkpoint.<size> (older ones), tile/… and
// proofs/<index> (a C2SP tlog-proof each).
package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// tileHeight is log2 of the hashes in a tile.
const tileHeight = 8

type log struct {
	dir string
}

func (l log) Height() int { return tileHeight }

func (l log) SaveTiles([]tlog.Tile, [][]byte) {}

// path is the C2SP path of a tile: sumdb's own has a height element and
// another name for entries.
func path(t tlog.Tile) string {
	rest := strings.TrimPrefix(t.Path(), fmt.Sprintf("tile/%d/", tileHeight))
	return filepath.Join("tile", filepath.FromSlash(strings.Replace(rest, "data/", "entries/", 1)))
}

func (l log) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var data [][]byte
	for _, t := range tiles {
		bytes, err := os.ReadFile(filepath.Join(l.dir, path(t)))
		if err != nil {
			return nil, err
		}
		if len(bytes) != t.W*tlog.HashSize {
			return nil, fmt.Errorf("tile %s has %d bytes", path(t), len(bytes))
		}
		data = append(data, bytes)
	}
	return data, nil
}

func openCheckpoint(data []byte, verifiers note.Verifiers) (tlog.Tree, error) {
	n, err := note.Open(data, verifiers)
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(n.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	hash, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: hash}, err
}

func (l log) entries(tree tlog.Tree) ([][]byte, error) {
	var entries [][]byte
	for n := int64(0); n*256 < tree.N; n++ {
		width := min(256, tree.N-n*256)
		bundle, err := os.ReadFile(filepath.Join(l.dir, path(tlog.Tile{H: tileHeight, L: -1, N: n, W: int(width)})))
		if err != nil {
			return nil, err
		}
		for i := int64(0); i < width; i++ {
			entry, rest, ok := cutEntry(bundle)
			if !ok {
				return nil, fmt.Errorf("entry bundle %d ends within an entry", n)
			}
			entries = append(entries, entry)
			bundle = rest
		}
		if len(bundle) != 0 {
			return nil, fmt.Errorf("entry bundle %d has %d bytes too many", n, len(bundle))
		}
	}
	return entries, nil
}

// cutEntry takes one uint16-length-prefixed entry off a bundle.
func cutEntry(bundle []byte) (entry, rest []byte, ok bool) {
	if len(bundle) < 2 {
		return nil, nil, false
	}
	end := 2 + int(binary.BigEndian.Uint16(bundle))
	if len(bundle) < end {
		return nil, nil, false
	}
	return bundle[2:end], bundle[end:], true
}

func (l log) checkProof(name string, tree tlog.Tree, entries [][]byte) error {
	data, err := os.ReadFile(filepath.Join(l.dir, "proofs", name))
	if err != nil {
		return err
	}
	head, _, _ := strings.Cut(string(data), "\n\n")
	lines := strings.Split(head, "\n")
	if len(lines) < 3 {
		return fmt.Errorf("not a proof with extra and index lines")
	}
	extra, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[1], "extra "))
	if err != nil {
		return err
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64)
	if err != nil {
		return err
	}
	if index < 0 || index >= tree.N || string(extra) != string(entries[index]) {
		return fmt.Errorf("proof %s is about another entry than the log holds", name)
	}
	var proof tlog.RecordProof
	for _, line := range lines[3:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return err
		}
		proof = append(proof, hash)
	}
	return tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(extra))
}

func (l log) check(vkey string) error {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return err
	}
	verifiers := note.VerifierList(verifier)
	data, err := os.ReadFile(filepath.Join(l.dir, "checkpoint"))
	if err != nil {
		return err
	}
	tree, err := openCheckpoint(data, verifiers)
	if err != nil {
		return err
	}
	entries, err := l.entries(tree)
	if err != nil {
		return err
	}
	// TileHashReader verifies every tile that it reads against the root.
	reader := tlog.TileHashReader(tree, l)
	for i, entry := range entries {
		hashes, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, int64(i))})
		if err != nil {
			return fmt.Errorf("entry %d: %w", i, err)
		}
		if hashes[0] != tlog.RecordHash(entry) {
			return fmt.Errorf("entry %d is not the one in the tree", i)
		}
	}
	proofs, err := os.ReadDir(filepath.Join(l.dir, "proofs"))
	if err != nil {
		return err
	}
	for _, proof := range proofs {
		if err := l.checkProof(proof.Name(), tree, entries); err != nil {
			return fmt.Errorf("proof %s: %w", proof.Name(), err)
		}
	}
	older, err := filepath.Glob(filepath.Join(l.dir, "checkpoint.*"))
	if err != nil {
		return err
	}
	for _, name := range older {
		if err := checkOlder(name, tree, reader, verifiers); err != nil {
			return fmt.Errorf("%s: %w", filepath.Base(name), err)
		}
	}
	fmt.Printf("verified %d entries, %d proofs, %d older checkpoints\n", len(entries), len(proofs), len(older))
	return nil
}

func checkOlder(name string, tree tlog.Tree, reader tlog.HashReader, verifiers note.Verifiers) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	old, err := openCheckpoint(data, verifiers)
	if err != nil {
		return err
	}
	proof, err := tlog.ProveTree(tree.N, old.N, reader)
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash)
}

func main() {
	if err := (log{os.Args[1]}).check(os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
