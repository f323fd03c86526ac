// A source that vouches for its bytes.
#pragma once

#include <memory>
#include <string>

#include <jujubackup/io.hpp>

namespace jujubackup {

struct ExpectedDigests {
  std::string sha1_base64;  // compared where there is no SHA-256; "": not known
  std::string sha256_hex;   // "": not known
};

// Reads what `source` reads. Whoever reads it from the first byte to the last gets Error(corrupt) in place of the end if the bytes have
// another digest than the one expected: so a copy of it fails before it is published. read_at is passed through unchecked.
std::unique_ptr<Source> expect_digests(std::unique_ptr<Source> source, ExpectedDigests expected);

}  // namespace jujubackup
