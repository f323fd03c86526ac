#include <jujubackup/encryption.hpp>

#include <cstdlib>
#include <cstring>
#include <new>
#include <vector>

#include "guard.hpp"
#include "handles.hpp"
#include "output_file.hpp"

namespace jujubackup::capi {

std::shared_ptr<const Recipients> share(jjb_recipients* recipients) {
  if (recipients == nullptr) return nullptr;
  if (recipients->recipients->empty()) refuse("there are no recipients");
  recipients->given_away = true;
  return recipients->recipients;
}

std::shared_ptr<const Identities> share(jjb_identities* identities) {
  if (identities == nullptr) return nullptr;
  identities->given_away = true;
  return identities->identities;
}

}  // namespace jujubackup::capi

namespace capi = jujubackup::capi;
using capi::guard;
using jujubackup::Identities;
using jujubackup::Recipients;
using jujubackup::Secret;

namespace {

constexpr std::size_t copy_bytes = std::size_t{1} << 18;

// For the functions that add something.
Recipients& changeable(jjb_recipients* handle) {
  if (capi::require(handle, "recipients").given_away) capi::refuse("recipients are in use, and cannot be changed any more");
  return *handle->recipients;
}

Identities& changeable(jjb_identities* handle) {
  if (capi::require(handle, "identities").given_away) capi::refuse("identities are in use, and cannot be changed any more");
  return *handle->identities;
}

// Without a std::string on the way, which nobody would wipe.
Secret secret_of(const char* text, const char* name) { return Secret(std::string_view(&capi::require(text, name))); }

unsigned work_factor_of(std::uint32_t given, unsigned by_default) {
  if (given > jujubackup::max_work_factor) capi::refuse("the work factor is above " + std::to_string(jujubackup::max_work_factor));
  return given == 0 ? by_default : given;
}

// For jjb_string_free.
char* dup_secret(const Secret& secret) {
  auto* copy = static_cast<char*>(std::malloc(secret.size() + 1));
  if (copy == nullptr) throw std::bad_alloc();
  std::memcpy(copy, secret.text().data(), secret.size());
  copy[secret.size()] = '\0';
  return copy;
}

}  // namespace

jjb_recipients* jjb_recipients_new(void) {
  try {
    return new jjb_recipients();
  } catch (...) {
    return nullptr;
  }
}

void jjb_recipients_free(jjb_recipients* recipients) { delete recipients; }

int32_t jjb_recipients_add(jjb_recipients* recipients, const char* recipient, jjb_error** error) {
  return guard(error, [&] { changeable(recipients).add(capi::require_text(recipient, "recipient")); });
}

int32_t jjb_recipients_add_file(jjb_recipients* recipients, const char* path, jjb_error** error) {
  return guard(error, [&] { changeable(recipients).add_file(capi::require_text(path, "path")); });
}

int32_t jjb_recipients_set_passphrase(jjb_recipients* recipients, const char* passphrase, uint32_t work_factor) {
  return guard(nullptr, [&] {
    changeable(recipients)
        .set_passphrase(secret_of(passphrase, "passphrase"), work_factor_of(work_factor, jujubackup::default_work_factor));
  });
}

jjb_identities* jjb_identities_new(void) {
  try {
    return new jjb_identities();
  } catch (...) {
    return nullptr;
  }
}

void jjb_identities_free(jjb_identities* identities) { delete identities; }

int32_t jjb_identities_add(jjb_identities* identities, const char* text, jjb_error** error) {
  return guard(error, [&] { changeable(identities).add(&capi::require(text, "text")); });
}

int32_t jjb_identities_add_file(jjb_identities* identities, const char* path, jjb_error** error) {
  return guard(error, [&] { changeable(identities).add_file(capi::require_text(path, "path")); });
}

int32_t jjb_identities_set_passphrase(jjb_identities* identities, const char* passphrase, uint32_t highest_work_factor) {
  return guard(nullptr, [&] {
    changeable(identities)
        .set_passphrase(secret_of(passphrase, "passphrase"), work_factor_of(highest_work_factor, jujubackup::max_work_factor));
  });
}

int32_t jjb_keygen(char** identity, char** recipient, jjb_error** error) {
  return guard(error, [&] {
    capi::clear(recipient);
    char*& secret_out = capi::result(identity, "identity");
    char*& public_out = capi::result(recipient, "recipient");
    const jujubackup::NewIdentity made = jujubackup::make_identity();
    public_out = capi::dup_text(made.recipient);
    try {
      secret_out = dup_secret(made.secret);
    } catch (...) {
      jjb_string_free(public_out);
      public_out = nullptr;
      throw;
    }
  });
}

int32_t jjb_encrypt_file(const char* from, const char* to, const jjb_recipients* recipients, int32_t armor, int32_t replace, jjb_job* job,
                         uint64_t* size_bytes, jjb_error** error) {
  return guard(error, [&] {
    capi::clear(size_bytes);
    const auto shared = capi::share(job);
    const auto source = jujubackup::open_file(capi::require_text(from, "from"));
    const std::string path = capi::require_text(to, "to");
    const Recipients& wanted = *capi::require(recipients, "recipients").recipients;
    if (wanted.empty()) capi::refuse("there are no recipients");
    capi::OutputFile file(path, replace != 0, capi::OutputFile::Folder::refuse);
    jujubackup::EncryptionOptions options;
    options.armor = armor != 0;
    const auto encrypting = jujubackup::encrypting_sink(file, wanted, options);
    jujubackup::job_begin(shared.get(), jujubackup::Phase::copying, source->size().value_or(0));
    std::vector<std::byte> buffer(copy_bytes);
    while (const std::size_t got = source->read(buffer)) {
      encrypting->write(std::span(buffer).first(got));
      jujubackup::job_advance(shared.get(), got);
    }
    encrypting->finish();
    jujubackup::job_begin(shared.get(), jujubackup::Phase::publishing, 0);
    const std::uint64_t written = file.size_bytes();
    file.publish();
    if (size_bytes != nullptr) *size_bytes = written;
  });
}

int32_t jjb_decrypt_file(const char* from, const char* to, const jjb_identities* identities, int32_t replace, jjb_job* job,
                         uint64_t* size_bytes, jjb_error** error) {
  return guard(error, [&] {
    capi::clear(size_bytes);
    const auto shared = capi::share(job);
    const std::string path = capi::require_text(to, "to");
    capi::require(identities, "identities");
    const auto source = jujubackup::decrypting_source(jujubackup::open_file(capi::require_text(from, "from")), *capi::of(identities));
    const std::uint64_t saved = jujubackup::save_file(*source, path, replace != 0, shared.get());
    if (size_bytes != nullptr) *size_bytes = saved;
  });
}

int32_t jjb_encrypted_check(const void* bytes, size_t size_bytes) {
  if (bytes == nullptr) return 0;
  return jujubackup::is_encrypted({static_cast<const std::byte*>(bytes), size_bytes}) ? 1 : 0;
}

int32_t jjb_encrypted_facts_read_file(const char* path, jjb_encrypted_facts** facts, jjb_error** error) {
  return guard(error, [&] {
    jjb_encrypted_facts*& out = capi::result(facts, "facts");
    const auto source = jujubackup::open_file(capi::require_text(path, "path"));
    out = new jjb_encrypted_facts{jujubackup::inspect_encrypted(*source)};
  });
}

int32_t jjb_encrypted_facts_get_armored(const jjb_encrypted_facts* facts) { return facts != nullptr && facts->facts.armored ? 1 : 0; }
size_t jjb_encrypted_facts_get_recipient_count(const jjb_encrypted_facts* facts) {
  return facts == nullptr ? 0 : facts->facts.recipient_kinds.size();
}
const char* jjb_encrypted_facts_get_recipient_kind(const jjb_encrypted_facts* facts, size_t index) {
  const std::string* kind = facts == nullptr ? nullptr : capi::at(facts->facts.recipient_kinds, index);
  return kind == nullptr ? nullptr : kind->c_str();
}
uint64_t jjb_encrypted_facts_get_content_bytes(const jjb_encrypted_facts* facts) {
  return facts == nullptr ? 0 : facts->facts.content_bytes;
}
void jjb_encrypted_facts_free(jjb_encrypted_facts* facts) { delete facts; }

int32_t jjb_archive_open_encrypted(const char* path, const jjb_identities* identities, jjb_archive** archive, jjb_error** error) {
  return guard(error, [&] {
    jjb_archive*& out = capi::result(archive, "archive");
    auto opened =
        jujubackup::Archive::open(jujubackup::decrypted(jujubackup::open_file(capi::require_text(path, "path")), capi::of(identities)));
    std::string name = opened.name();
    out = new jjb_archive{std::move(opened), std::move(name)};
  });
}
