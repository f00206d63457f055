import surgery
FILMS={}
FILES={}
STRETCHED={}
