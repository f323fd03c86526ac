#include "crypto/checksum.hpp"

#include <cstring>
#include <new>

#include <jujubackup/error.hpp>

#include "crypto/xxh3.hpp"

namespace jujubackup {
namespace {

void require(XXH_errorcode result) {
  if (result != XXH_OK) throw Error(ErrorCode::internal, "computing a checksum failed");
}

Checksum128 canonical(XXH128_hash_t hash) {
  XXH128_canonical_t form;
  XXH128_canonicalFromHash(&form, hash);
  Checksum128 out;
  static_assert(sizeof form.digest == sizeof out);
  std::memcpy(out.data(), form.digest, sizeof out);
  return out;
}

}  // namespace

Checksum128 checksum128(std::span<const std::byte> bytes) { return canonical(xxh3_128(bytes.data(), bytes.size())); }

// The library allocates it, since it must lie on a boundary of 64 bytes.
Checksummer128::Checksummer128() : state_(XXH3_createState()) {
  if (!state_) throw std::bad_alloc();
  reset();
}

void Checksummer128::Free::operator()(XXH3_state_s* state) const { XXH3_freeState(state); }

void Checksummer128::reset() { require(XXH3_128bits_reset(state_.get())); }

void Checksummer128::update(std::span<const std::byte> bytes) {
  // xxHash 0.8.0 takes a null pointer for an error, whatever the length.
  if (!bytes.empty()) require(xxh3_128_update(state_.get(), bytes.data(), bytes.size()));
}

Checksum128 Checksummer128::finish() {
  const Checksum128 out = canonical(XXH3_128bits_digest(state_.get()));
  reset();
  return out;
}

}  // namespace jujubackup
