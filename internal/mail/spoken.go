package mail

import "golang.org/x/text/language"

// maxAccepted bounds what is read of the languages a browser asks for, in bytes.
const maxAccepted = 200

// spoken finds the language of ours that fits; it takes long to make.
var spoken = language.NewMatcher([]language.Tag{language.English, language.German})

// Spoken is the language of ours that fits best what a browser asks for in its
// Accept-Language header.
func Spoken(accept string) Language {
	if accept == "" {
		return English
	}
	tags, _, err := language.ParseAcceptLanguage(accept[:min(len(accept), maxAccepted)])
	if err != nil {
		return English
	}
	_, i, _ := spoken.Match(tags...)
	return languages()[i]
}
