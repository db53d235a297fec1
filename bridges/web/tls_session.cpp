// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/web/tls_session.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "bridges/system/input_file.hpp"
#include "messages/error.hpp"
#include "messages/visible_text.hpp"

namespace rr {

namespace {

/// Of a certificate with its chain, or of a key.
constexpr size_t max_pem = 1024 * 1024;

caf::error pem_error(const char* what, const std::string& path) {
  auto code = ::ERR_get_error();
  auto reason = code != 0 ? ::ERR_reason_error_string(code) : nullptr;
  ::ERR_clear_error();
  return caf::make_error(ec::system_error,
                         std::string{"cannot use the "} + what + ' '
                           + visible_path(path) + ": "
                           + as_cause(reason ? reason : "no PEM file"));
}

struct free_bio {
  void operator()(BIO* x) const noexcept {
    ::BIO_free(x);
  }
};

struct free_certificate {
  void operator()(X509* x) const noexcept {
    ::X509_free(x);
  }
};

struct free_key {
  void operator()(EVP_PKEY* x) const noexcept {
    ::EVP_PKEY_free(x);
  }
};

using bio = std::unique_ptr<BIO, free_bio>;
using certificate = std::unique_ptr<X509, free_certificate>;

bio bio_of(const std::string& text) {
  return bio{::BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
}

/// A key with a passphrase is refused, never asked for.
int no_passphrase(char*, int, int, void*) {
  return 0;
}

bool use_chain(SSL_CTX* context, const std::string& pem) {
  auto source = bio_of(pem);
  certificate own{
    ::PEM_read_bio_X509(source.get(), nullptr, no_passphrase, nullptr)};
  if (!own || ::SSL_CTX_use_certificate(context, own.get()) != 1)
    return false;
  for (;;) {
    certificate next{
      ::PEM_read_bio_X509(source.get(), nullptr, no_passphrase, nullptr)};
    if (!next)
      break;
    if (::SSL_CTX_add0_chain_cert(context, next.get()) != 1)
      return false;
    static_cast<void>(next.release());
  }
  ::ERR_clear_error();
  return true;
}

bool use_key(SSL_CTX* context, const std::string& pem) {
  auto source = bio_of(pem);
  std::unique_ptr<EVP_PKEY, free_key> key{
    ::PEM_read_bio_PrivateKey(source.get(), nullptr, no_passphrase, nullptr)};
  return key && ::SSL_CTX_use_PrivateKey(context, key.get()) == 1
         && ::SSL_CTX_check_private_key(context) == 1;
}

} // namespace

tls_session::tls_session(ssl_st* session) noexcept : session_(session) {
}

tls_session::~tls_session() {
  ::SSL_free(session_);
}

void tls_session::feed(std::string_view sealed) {
  ::BIO_write(::SSL_get_rbio(session_), sealed.data(),
              static_cast<int>(sealed.size()));
}

tls_session::outcome tls_session::read(std::span<char> into, size_t& got) {
  return outcome_of(::SSL_read_ex(session_, into.data(), into.size(), &got));
}

tls_session::outcome tls_session::write(std::string_view text) {
  size_t written = 0;
  return outcome_of(
    ::SSL_write_ex(session_, text.data(), text.size(), &written));
}

std::string tls_session::take() {
  auto source = ::SSL_get_wbio(session_);
  std::string result(::BIO_ctrl_pending(source), '\0');
  if (!result.empty())
    ::BIO_read(source, result.data(), static_cast<int>(result.size()));
  return result;
}

void tls_session::shutdown() noexcept {
  ::SSL_shutdown(session_);
  ::ERR_clear_error();
}

tls_session::outcome tls_session::outcome_of(int result) noexcept {
  if (result == 1)
    return outcome::done;
  auto why = ::SSL_get_error(session_, result);
  ::ERR_clear_error();
  switch (why) {
    case SSL_ERROR_WANT_READ:
      return outcome::wants_more;
    case SSL_ERROR_ZERO_RETURN:
      return outcome::closed;
    default:
      return outcome::failed;
  }
}

tls_context::tls_context(ssl_ctx_st* context) noexcept : context_(context) {
}

tls_context::~tls_context() {
  ::SSL_CTX_free(context_);
}

caf::expected<std::unique_ptr<tls_context>>
tls_context::make(const std::string& certificate_file,
                  const std::string& key_file) {
  auto certificates = read_input_file(certificate_file, max_pem);
  if (!certificates)
    return std::move(certificates.error());
  auto key = read_input_file(key_file, max_pem);
  if (!key)
    return std::move(key.error());
  std::unique_ptr<tls_context> result{
    new tls_context{::SSL_CTX_new(::TLS_server_method())}};
  auto context = result->context_;
  if (context == nullptr)
    return caf::make_error(ec::system_error, "cannot use TLS: no memory");
  ::SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  ::SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION
                                   | SSL_OP_CIPHER_SERVER_PREFERENCE);
  ::SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  ::SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  if (!use_chain(context, *certificates))
    return pem_error("certificate", certificate_file);
  if (!use_key(context, *key))
    return pem_error("key", key_file);
  return result;
}

std::unique_ptr<tls_session> tls_context::begin() const {
  auto session = ::SSL_new(context_);
  auto in = ::BIO_new(::BIO_s_mem());
  auto out = ::BIO_new(::BIO_s_mem());
  if (session == nullptr || in == nullptr || out == nullptr) {
    ::SSL_free(session);
    ::BIO_free(in);
    ::BIO_free(out);
    return nullptr;
  }
  ::BIO_set_mem_eof_return(in, -1);
  ::SSL_set_bio(session, in, out);
  ::SSL_set_accept_state(session);
  return std::make_unique<tls_session>(session);
}

} // namespace rr
